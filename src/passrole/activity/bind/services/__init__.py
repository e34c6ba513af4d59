"""One table a service: what its operations ask, each row with the page of AWS that it follows."""
