"""Answers with which IAM and STS refuse a call: AWS's code, message and HTTP status."""

from __future__ import annotations

from passrole.errors import ServiceAnsweredError

HTTP_STATUS = {
    "AccessDenied": 403,
    "AuthFailure": 401,
    "ConcurrentModification": 409,
    "DeleteConflict": 409,
    "EntityAlreadyExists": 409,
    "EntityTemporarilyUnmodifiable": 409,
    "ExpiredToken": 403,
    "IncompleteSignature": 403,
    "InvalidAction": 400,
    "InvalidAuthenticationCode": 403,
    "InvalidAuthorizationMessageException": 400,
    "InvalidClientTokenId": 403,
    "InvalidInput": 400,
    "InvalidParameterValue": 400,
    "InvalidUserType": 400,
    "LimitExceeded": 409,
    "MalformedHttpRequestException": 400,
    "MalformedInput": 400,
    "MalformedPolicyDocument": 400,
    "MalformedQueryString": 400,
    "MissingAction": 400,
    "MissingAuthenticationToken": 403,
    "NoSuchEntity": 404,
    "NotImplemented": 501,
    "PackedPolicyTooLarge": 400,
    "PasswordPolicyViolation": 400,
    "PolicyNotAttachable": 400,
    "ReportExpired": 410,
    "ReportNotPresent": 410,
    "RequestEntityTooLargeException": 413,
    "RequestExpired": 400,
    "ServiceFailure": 500,
    "SignatureDoesNotMatch": 403,
    "UnknownOperationException": 404,
    "UnmodifiableEntity": 400,
    "ValidationError": 400,
}
"""AWS's error code to the HTTP status of its answer, for every code that an operation or the wire gives."""


class ServiceError(ServiceAnsweredError):
    """The account refused a call. `code` and `message` are what AWS's client libraries show, word for word.

    Raised by operations; the transaction that it leaves is rolled back, so a refused call changes nothing.
    Source: IAM API Reference, "Common errors" and the Errors section of each operation.
    """

    code: str

    def __init__(self, code: str, message: str, http_status: int | None = None) -> None:
        super().__init__(message, code=code)
        self.code = code
        self.http_status = http_status or HTTP_STATUS.get(code, 400)
        self.details: dict[str, str] = {}
        """Members that stand beside Code and Message in the answer; AWS has none."""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class AuthenticationFailure(ServiceError):
    """Who called could not be told. `reason` is for the owner of the account, and not for the caller."""

    def __init__(self, code: str, message: str, reason: str) -> None:
        super().__init__(code, message)
        self.reason = reason


def access_denied(message: str) -> ServiceError:
    return ServiceError("AccessDenied", message)


def delete_conflict(message: str) -> ServiceError:
    return ServiceError("DeleteConflict", message)


def entity_already_exists(message: str) -> ServiceError:
    return ServiceError("EntityAlreadyExists", message)


def invalid_client_token() -> ServiceError:
    return ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.")


def invalid_input(message: str) -> ServiceError:
    return ServiceError("InvalidInput", message)


def limit_exceeded(message: str) -> ServiceError:
    return ServiceError("LimitExceeded", message)


def malformed_policy(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocument", message)


def no_such_entity(message: str) -> ServiceError:
    return ServiceError("NoSuchEntity", message)


def unmodifiable_entity(message: str) -> ServiceError:
    return ServiceError("UnmodifiableEntity", message)


def protected_role(name: str) -> ServiceError:
    """For a role that a service made, or IAM Identity Center."""
    return unmodifiable_entity(
        f"Cannot perform the operation on the protected role '{name}' - this role is only modifiable by AWS"
    )


def validation_error(message: str) -> ServiceError:
    return ServiceError("ValidationError", message)
