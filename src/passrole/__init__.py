"""passrole: makes the AWS permissions a service needs, proves them, and enforces them on your own machine."""

__version__ = "0.1.0"
