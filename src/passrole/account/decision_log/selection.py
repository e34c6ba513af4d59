"""Which calls of the log are meant: by who made them, what they did, when, and whether they were denied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from passrole.account.clock import moment
from passrole.account.decision_log.logged_call import caller_of, operation_of
from passrole.engine.glob import glob_match
from passrole.errors import UsageError

_NAMED_KINDS = ("role", "user")


@dataclass(frozen=True, slots=True)
class Selection:
    """What is None is not asked for.

    `principal` is `role/NAME` (every session of it), `user/NAME` or an ARN, of a session, a role or a user; `action`
    `service:Name`, of the call or of one of its questions. Both may hold `*` and `?`. `since` is in seconds since 1970.
    """

    principal: str | None = None
    action: str | None = None
    since: int | None = None
    denied: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError for what can be no principal and no action."""
        if self.principal is not None and self.principal != "*" and not _names_principal(self.principal):
            raise UsageError(
                f"`{self.principal}` names no caller",
                help="name it as role/NAME, user/NAME or by its ARN; * stands for any text",
            )
        if self.action is not None and self.action != "*" and ":" not in self.action:
            raise UsageError(f"`{self.action}` is no action", help="write it as iam:GetRole or iam:*")

    def takes(self, event: Mapping[str, object], actions: tuple[str, ...]) -> bool:
        """Whether the call of this event is meant; `actions` are those that it asked for."""
        if self.since is not None and str(event["eventTime"]) < moment(self.since).strftime("%Y-%m-%dT%H:%M:%SZ"):
            return False
        if self.action is not None and not any(
            glob_match(self.action, action, ignore_case=True) for action in (operation_of(event), *actions)
        ):
            return False
        return self.principal is None or any(glob_match(self.principal, name) for name in _names_of(event))


def _names_principal(text: str) -> bool:
    kind, slash, name = text.partition("/")
    return text.startswith("arn:") or bool(slash and name and kind in _NAMED_KINDS)


def _names_of(event: Mapping[str, object]) -> tuple[str, ...]:
    """The ARN of the caller, of the role or user behind a session, and both as a person writes them."""
    identity = event["userIdentity"]
    assert isinstance(identity, Mapping)
    arns = [caller_of(event)]
    context = identity.get("sessionContext")
    issuer = context.get("sessionIssuer") if isinstance(context, Mapping) else None
    if isinstance(issuer, Mapping):
        arns.append(str(issuer["arn"]))
    names = [*arns]
    for arn in arns:
        kind, slash, path = arn.split(":", 5)[-1].partition("/")
        if slash and kind in _NAMED_KINDS:
            # Names are unique whatever the path, so that a person may leave it out.
            names += [f"{kind}/{path}", f"{kind}/{path.rpartition('/')[2]}"]
    return tuple(names)
