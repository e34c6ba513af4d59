"""The prover: which requests one policy allows and another does not, by meaning and with a request as witness."""
