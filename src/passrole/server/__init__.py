"""IAM and STS as AWS speaks them: wire protocol, signatures, authorization, in process and over HTTP."""
