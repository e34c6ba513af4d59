"""IAM Toolbox: a denied request's authorization details, by the id that its caller was given."""
