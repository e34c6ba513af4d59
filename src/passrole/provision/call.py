"""One call of an AWS API, with every way it can fail turned into a PassroleError that says what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from passrole.errors import ConfigurationError, PassroleError, UsageError
from passrole.provision.errors import (
    AccessDeniedError,
    CredentialsError,
    NoSuchEntityError,
    RefusedCallError,
    UnreachableError,
)

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.exceptions import BotoCoreError, ClientError

Answer: TypeAlias = dict[str, Any]
"""An output of botocore: its members are as the service's model says."""

_ACCESS_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"})
_CREDENTIALS_REFUSED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "MissingAuthenticationToken",
        "OptInRequired",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_NO_CREDENTIALS = frozenset(
    {
        "CredentialRetrievalError",
        "NoAuthTokenError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
_HELP = {
    "EntityAlreadyExists": "someone made it after the plan was made: run `passrole plan` again",
    "LimitExceeded": "see the account's quotas: aws iam get-account-summary",
    "ConcurrentModification": "someone else writes the same entity: run the command again",
}


def call(client: BaseClient, operation: str, parameters: Mapping[str, object] | None = None) -> Answer:
    """Call `operation` (its API name, such as GetRole). Raises a PassroleError for whatever goes wrong."""
    from botocore import xform_name
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    method = getattr(client, xform_name(operation))
    try:
        answer: Answer = method(**(parameters or {}))
    except ClientError as err:
        raise _answered(client, operation, err) from err
    except BotoCoreError as err:
        raise _not_answered(client, operation, err) from err
    except (ResponseParserError, KeyError) as err:
        # botocore's XML parser takes the elements around an answer for granted: without them it ends in KeyError.
        raise strange_answer(client, operation, "its answer is not the XML of AWS's API") from err
    return answer


def call_pages(client: BaseClient, operation: str, parameters: Mapping[str, object]) -> Iterator[Answer]:
    """The answers of a listing operation, page by page, as IAM's Marker and IsTruncated lead through them."""
    marker: str | None = None
    while True:
        answer = call(client, operation, {**parameters, "Marker": marker} if marker else parameters)
        yield answer
        following = answer.get("Marker")
        if not answer.get("IsTruncated"):
            return
        if not following or following == marker:
            raise UnreachableError(f"`{operation}` answers without end", help="the endpoint does not page as IAM does")
        marker = following


def call_list(client: BaseClient, operation: str, parameters: Mapping[str, object], member: str) -> list[Any]:
    """The elements of `member` over all pages."""
    return [element for page in call_pages(client, operation, parameters) for element in page.get(member, ())]


def iam_action(client: BaseClient, operation: str) -> str:
    """The IAM action of an operation of IAM or STS, where both have the same name."""
    return f"{client.meta.service_model.service_name}:{operation}"


def _answered(client: BaseClient, operation: str, err: ClientError) -> PassroleError:
    error: Mapping[str, Any] = err.response.get("Error", {})
    code, message = str(error.get("Code", "Unknown")), str(error.get("Message", ""))
    status = int(err.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    endpoint = client.meta.endpoint_url
    action = iam_action(client, operation)
    if code in _ACCESS_DENIED:
        asked = re.search(r"not authorized to perform:? ([\w-]+:\w+)", message)
        refused = asked[1] if asked else action
        return AccessDeniedError(
            f"you may not call `{operation}`: `{refused}` is denied",
            action=refused,
            aws_code=code,
            aws_message=message,
            http_status=status,
            help="`passrole show RECIPE --operator-policy` prints the policy that whoever runs `apply` needs",
        )
    if code in _CREDENTIALS_REFUSED:
        return CredentialsError(
            f"{endpoint} does not accept your credentials",
            causes=(f"{code}: {message}",),
            help="sign in again, or choose other credentials: --profile NAME",
        )
    kind, what = RefusedCallError, ""
    if code == "NoSuchEntity":
        kind, what = NoSuchEntityError, ": what it names does not exist"
    return kind(
        f"`{operation}` was refused{what}",
        action=action,
        aws_code=code,
        aws_message=message,
        http_status=status,
        help=_HELP.get(code) or ("the server failed: run the same command again later" if status >= 500 else None),
    )


def _not_answered(client: BaseClient, operation: str, err: BotoCoreError) -> PassroleError:
    from botocore.exceptions import ConnectionError as BotocoreConnectionError
    from botocore.exceptions import HTTPClientError, ParamValidationError

    endpoint = client.meta.endpoint_url
    if isinstance(err, ParamValidationError):
        return UsageError(f"`{operation}` cannot be called so", causes=(str(err),))
    if type(err).__name__ in _NO_CREDENTIALS:
        return no_credentials(endpoint, err)
    if isinstance(err, HTTPClientError | BotocoreConnectionError):
        return UnreachableError(
            f"{endpoint} cannot be reached",
            causes=(_first_line(err),),
            help="check that it runs, and --endpoint-url, AWS_ENDPOINT_URL and the proxy settings",
        )
    return ConfigurationError(f"`{operation}` could not be sent to {endpoint}", causes=(_first_line(err),))


def strange_answer(client: BaseClient, operation: str, why: str) -> UnreachableError:
    """For an answer that no IAM or STS gives: something else listens at the endpoint."""
    return UnreachableError(
        f"{client.meta.endpoint_url} does not answer `{operation}` as AWS does",
        causes=(why,),
        help="check --endpoint-url and the variables AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL_STS",
    )


def no_credentials(endpoint: str, err: Exception) -> CredentialsError:
    return CredentialsError(
        f"there are no credentials for {endpoint}",
        causes=(_first_line(err),),
        help="sign in (aws sso login, aws configure) or name a profile: --profile NAME; an emulator takes any key: "
        "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
    )


def _first_line(err: Exception) -> str:
    return str(err).strip().partition("\n")[0]
