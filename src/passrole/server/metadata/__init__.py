"""Credentials where workloads look for them: the instance metadata service, and the endpoint of containers."""
