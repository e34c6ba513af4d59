"""The errors that AWS gives before an operation is reached: wrong protocol, unknown action, malformed parameters.

Codes and statuses: "Common Errors" of the IAM API Reference
<https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>. Texts are AWS's where they have been seen
in public reports of real replies; the ones that are ours say so.
"""

from __future__ import annotations

from passrole.account.service_error import ServiceError

_NO_VERSION = "NO_VERSION_SPECIFIED"


def missing_action() -> ServiceError:
    """A query request without an Action parameter."""
    return ServiceError("MissingAction", "Missing Action")


def invalid_action(action: str, version: str | None) -> ServiceError:
    """An Action that the service does not have in the version that was asked for."""
    return ServiceError("InvalidAction", f"Could not find operation {action} for version {version or _NO_VERSION}")


def malformed_input(message: str) -> ServiceError:
    """Parameters whose structure is not that of the operation's input."""
    return ServiceError("MalformedInput", message)


def unknown_operation(what: str) -> ServiceError:
    """Not the query protocol at `/`: another path, method or content type. The text is ours."""
    return ServiceError("UnknownOperationException", what)


def malformed_query_string(message: str) -> ServiceError:
    """Form text that cannot be decoded. The text is ours."""
    return ServiceError("MalformedQueryString", message)


def malformed_http_request(message: str) -> ServiceError:
    """The HTTP request itself cannot be read. The text is ours."""
    return ServiceError("MalformedHttpRequestException", message)


def request_too_large(limit_bytes: int) -> ServiceError:
    """A body over the server's limit. The text is ours."""
    return ServiceError(
        "RequestEntityTooLargeException", f"The request body must not be larger than {limit_bytes} bytes"
    )


def service_failure(incident_id: str) -> ServiceError:
    """A fault of passrole itself; `incident_id` finds the details in the server's log."""
    return ServiceError(
        "ServiceFailure",
        f"The request processing has failed because of an unknown error, exception or failure ({incident_id}).",
    )
