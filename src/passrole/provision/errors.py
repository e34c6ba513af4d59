"""What stops provisioning: answers of the service, credentials, endpoints, plans that no longer hold."""

from __future__ import annotations

from passrole.errors import ConfigurationError, PassroleError, ServiceAnsweredError, UsageError


class RefusedCallError(ServiceAnsweredError):
    """The service refused a call. `aws_code` and `aws_message` are its own words."""

    def __init__(
        self,
        message: str,
        *,
        action: str,
        aws_code: str,
        aws_message: str,
        http_status: int,
        help: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(message, causes=(f"{aws_code}: {aws_message}",), help=help)
        self.action = action
        self.aws_code = aws_code
        self.aws_message = aws_message
        self.http_status = http_status

    @property
    def certain(self) -> bool:
        """Whether the call certainly had no effect: after an error of the server itself (5xx) it may have had one."""
        return 400 <= self.http_status < 500


class AccessDeniedError(RefusedCallError):
    """The caller may not do this. `action` is the IAM action that was refused, which AWS may name otherwise than
    the operation (AddRoleToInstanceProfile asks for iam:PassRole)."""


class NoSuchEntityError(RefusedCallError):
    """What the call names does not exist."""


class CredentialsError(ConfigurationError):
    """There are no credentials, or the service does not accept them."""


class UnreachableError(ConfigurationError):
    """The endpoint does not answer, or does not answer as AWS does."""


class WrongAccountError(ConfigurationError):
    """The account is not the one that the user, the plan or the journal names; nothing was done."""


class RetiredServiceError(PassroleError):
    """AWS has ended the service, so its set-up is refused on real AWS; nothing was done."""


class PlanMovedError(PassroleError):
    """What a plan addresses has changed since the plan was made; nothing was done."""


class JournalError(ConfigurationError):
    """passrole's journal cannot be read or written; nothing was done, and the file was left as it is."""


class JournalBusyError(ConfigurationError):
    """Another apply works on this account with this journal; nothing was done."""


class ApplyStoppedError(PassroleError):
    """Apply could not go on. Some changes were made, and the next apply finishes the others.

    `done` and `not_done` are addresses; the first of `not_done` is where it stopped.
    """

    def __init__(
        self, cause: PassroleError, done: tuple[str, ...], not_done: tuple[str, ...], hint: str | None = None
    ) -> None:
        hints = [each for each in (hint or cause.help,) if each]
        super().__init__(
            f"stopped at `{not_done[0]}`: {cause.message}",
            causes=(
                *cause.causes,
                f"done: {', '.join(done) or 'nothing'}",
                f"not done: {', '.join(not_done)}",
            ),
            help="; ".join([*hints, "then run the same command again: it goes on where this one stopped"]),
        )
        self.done = done
        self.not_done = not_done


class ApplyRefusedError(ApplyStoppedError, ServiceAnsweredError):
    """Apply stopped because the service refused a call."""


class PlanFileError(UsageError):
    """A plan file cannot be read, is of a newer passrole, or holds what no plan of passrole holds; nothing was done."""
