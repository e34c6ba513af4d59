"""What a person should know of a question before relying on the answer: values, keys and resources that cannot be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from passrole.catalog.condition_keys import type_of_key
from passrole.catalog.resource_fit import formats_that_fit_not
from passrole.engine.compare.address import address_of
from passrole.engine.compare.date import moment_of
from passrole.engine.compare.flag import flag_of
from passrole.engine.principals import implied_context
from passrole.engine.request import ContextValue, Principal
from passrole.policy.arn import account_in

_FLAG, _ADDRESS, _DATE, _NUMBER = "`true` or `false`", "an IP address", "a date like 2026-11-23T12:00:00Z", "a number"
_GLOBAL: Mapping[str, str] = {
    "aws:currenttime": _DATE,
    "aws:epochtime": _DATE,
    "aws:multifactorauthage": _NUMBER,
    "aws:multifactorauthpresent": _FLAG,
    "aws:principalisawsservice": _FLAG,
    "aws:securetransport": _FLAG,
    "aws:sourceip": _ADDRESS,
    "aws:tokenissuetime": _DATE,
    "aws:viaawsservice": _FLAG,
    "aws:vpcsourceip": _ADDRESS,
}
"""Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>."""
_OF_SERVICES: Mapping[str, str] = {"Bool": _FLAG, "Date": _DATE, "IPAddress": _ADDRESS, "Numeric": _NUMBER}


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


_IS: Mapping[str, Callable[[str], bool]] = {
    _FLAG: lambda text: flag_of(text) is not None,
    _ADDRESS: lambda text: address_of(text) is not None,
    _DATE: lambda text: moment_of(text) is not None,
    _NUMBER: _is_number,
}


def context_notes(context: Mapping[str, ContextValue], principal: Principal | None = None) -> Iterator[str]:
    """Values that no request can have under their key, and keys that follow from the principal and say otherwise."""
    implied = {} if principal is None else implied_context(principal)
    for key, given in context.items():
        values = (given,) if isinstance(given, str) else given
        wanted = _GLOBAL.get(key.lower()) or _OF_SERVICES.get((type_of_key(key) or "").removeprefix("ArrayOf"))
        for value in values:
            if wanted is not None and not _IS[wanted](value):
                yield f"`{key}` is {wanted} in every request, and `{value}` is none: the answer is of no real request"
        filled = implied.get(key.lower())
        if isinstance(filled, str) and (filled,) != tuple(values):
            yield f"AWS fills `{key}` from the principal, with `{filled}`: the answer supposes `{', '.join(values)}`"


def owner_note(resource: str, told: str | None) -> str | None:
    """That an access point and its bucket are of two accounts, if so it is said."""
    named = account_in(resource)
    if told in (None, named) or named is None:
        return None
    return (
        f"the access point is of account {named}, and --resource-account says {told}: the answer is about a bucket of "
        f"{told}, whose policy must allow beside the access point's"
    )


def resource_note(action: str, resource: str) -> str | None:
    """What the action works on, if it is not this resource."""
    formats = formats_that_fit_not(action, resource)
    if not formats:
        if resource != "*" and set("*?") & set(resource):
            return f"`{resource}` was asked for as it is written; a pattern of resources has no one answer"
        return None
    return f"`{action}` works on {' or '.join(f'`{each}`' for each in formats)}, and `{resource}` is not of that form"
