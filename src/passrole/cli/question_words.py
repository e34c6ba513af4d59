"""The words of a question, checked before anything is read: principal, action, resource and context."""

from __future__ import annotations

import re
from collections.abc import Sequence

from passrole.catalog.actions import close_matches, is_known_action
from passrole.cli.argument_types import unreadable_text
from passrole.engine.principals import principal_from_arn
from passrole.engine.request import ContextValue, Principal
from passrole.errors import UsageError
from passrole.policy.arn import Arn, ArnError, owner_contradicted

_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
"""A user's or role's name. Source: IAM User Guide, "IAM and AWS STS quotas", IAM name requirements."""
_KEY = re.compile(r"[A-Za-z0-9-]+:[^\s:]\S*")


def principal_of(who: str, prefix: str) -> Principal:
    """`user/NAME`, `role/NAME` (after `prefix`, the start of the account's ARNs) or what names itself.

    Raises UsageError for a name that nobody can have, PrincipalError for what cannot make a request.
    """
    kind, slash, path_and_name = who.partition("/")
    if kind == "group" and slash:
        raise UsageError(f"`{who}` makes no requests: its users do", help="ask for one of them: user/NAME")
    if not slash and who != "*" and _NAME.fullmatch(who) and "." not in who and not who.isdigit():
        raise UsageError(f"`{who}` may be a user or a role", help=f"write user/{who} or role/{who}")
    if not (slash and kind in ("user", "role")):
        return principal_from_arn(who)
    name = path_and_name.rpartition("/")[2]
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"`{name}` cannot be the name of a {kind}",
            help=f"write {kind}/NAME, with up to 64 letters, digits and the characters +=,.@_-",
        )
    return principal_from_arn(prefix + who)


def check_action(action: str) -> None:
    """Raises UsageError for what is no action, or more than one."""
    if "*" in action or "?" in action:
        near = [name for name in close_matches(action) if "*" not in name]
        raise UsageError(
            f"`{action}` is a pattern, and a request has one action",
            help=f"ask for one, such as {near[0] if near else 's3:GetObject'}",
        )
    if is_known_action(action):
        return
    near = list(close_matches(action))
    raise UsageError(
        f"`{action}` is no action that AWS publishes",
        help=f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else "an action is like s3:GetObject",
    )


def check_resource(resource: str) -> None:
    """Raises UsageError for what is neither `*` nor an ARN."""
    if resource == "*":
        return
    try:
        Arn.parse(resource)
    except ArnError as error:
        raise UsageError(
            f"`{resource}` is neither an ARN nor `*`", help="a resource is like arn:aws:s3:::disk-images/vm.ova"
        ) from error


def check_patterns(action: str, resource: str) -> None:
    """Raises UsageError for patterns that match no action, or no resource, whatever: a rule about them says nothing."""
    if action != "*" and action.count(":") != 1:
        raise UsageError(f"`{action}` matches no action", help="write SERVICE:NAME, as in s3:Delete*, or `*`")
    first = re.split(r"[*?]", resource, maxsplit=1)[0]
    # What has no wildcard is one ARN, of six parts.
    is_whole = first == resource and resource.count(":") < 5
    if is_whole or not (first.startswith("arn:") or "arn:".startswith(first)):
        raise UsageError(f"`{resource}` matches no ARN", help="write one, as in arn:aws:s3:::disk-images/*, or `*`")


def check_owner(resource: str, told: str | None) -> None:
    """Raises UsageError for an owner that the resource's ARN contradicts."""
    named = owner_contradicted(resource, told)
    if named is not None:
        raise UsageError(
            f"`{resource}` is of account {named}, and --resource-account says {told}",
            help="leave --resource-account out: an ARN that names an account names the resource's owner",
        )


def context_of(settings: Sequence[str]) -> dict[str, ContextValue]:
    """`KEY=VALUE` words; a key that comes again, in whatever case, has several values. Raises UsageError."""
    spelt: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not _KEY.fullmatch(key):
            raise UsageError(
                f"`{setting}` is no condition key with a value", help="write it as --context aws:SourceIp=203.0.113.7"
            )
        if problem := unreadable_text(setting):
            raise UsageError(f"`{key}` cannot be given so: {problem}", help="type the value anew")
        # The names of condition keys are not case-sensitive.
        values.setdefault(spelt.setdefault(key.lower(), key), []).append(value)
    return {
        key: given[0] if len(given) == 1 and not _has_several(key) else tuple(given) for key, given in values.items()
    }


def _has_several(key: str) -> bool:
    """Whether the key's type is a list, so that one value of it is a list of one."""
    from passrole.catalog.condition_keys import holds_several_values

    return holds_several_values(key) is True
