"""AWS's query protocol for IAM and STS, driven by botocore's models: requests decoded, answers encoded as XML."""
