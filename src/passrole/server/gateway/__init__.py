"""The gateway: calls to every service but IAM and STS, decided here and carried out by a backend."""
