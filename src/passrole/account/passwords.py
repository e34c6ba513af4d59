"""Passwords of IAM users: kept as hashes, and held against the account's password policy.

Source: IAM User Guide, "Set an account password policy for IAM users"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html>. Texts of refusals are
ours where the page gives none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from collections.abc import Mapping

from passrole.account.service_error import ServiceError

DEFAULT_LENGTH = 6
"""MinimumPasswordLength of a policy that names none."""

_DEFAULT_POLICY_LENGTH = 8
_DEFAULT_POLICY_CLASSES = 3
_SYMBOLS = frozenset("!@#$%^&*()_+-=[]{}|'")
_CLASSES = (
    ("RequireUppercaseCharacters", "uppercase letter", frozenset(string.ascii_uppercase)),
    ("RequireLowercaseCharacters", "lowercase letter", frozenset(string.ascii_lowercase)),
    ("RequireNumbers", "number", frozenset(string.digits)),
    ("RequireSymbols", "symbol", _SYMBOLS),
)
_COST = 2**14


def hashed(password: str) -> str:
    """`scrypt$COST$SALT$HASH`, in Base64."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_COST}${_text(salt)}${_text(_hash(password, salt, _COST))}"


def matches(password: str, kept: str) -> bool:
    _, cost, salt, wanted = kept.split("$")
    return hmac.compare_digest(_hash(password, base64.b64decode(salt), int(cost)), base64.b64decode(wanted))


def check_password(password: str, policy: Mapping[str, object] | None, account_names: tuple[str, ...]) -> None:
    """Raises PasswordPolicyViolation. Without a policy AWS's default one holds, which `account_names` take part in."""
    present = [any(character in characters for character in password) for _, _, characters in _CLASSES]
    if policy is None:
        _check_length(password, _DEFAULT_POLICY_LENGTH)
        if sum(present) < _DEFAULT_POLICY_CLASSES:
            raise violation(
                "Password must have a mix of at least three of: uppercase letters, lowercase letters, numbers, symbols"
            )
        if password in account_names:
            raise violation("Password must not be identical to the account name")
        return
    _check_length(password, int(str(policy["MinimumPasswordLength"])))
    for has, (name, words, _) in zip(present, _CLASSES, strict=True):
        if policy[name] and not has:
            raise violation(f"Password should have at least one {words}")


def violation(message: str) -> ServiceError:
    return ServiceError("PasswordPolicyViolation", message)


def _check_length(password: str, minimum: int) -> None:
    if len(password) < minimum:
        raise violation(f"Password should have a minimum length of {minimum}")


def _hash(password: str, salt: bytes, cost: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=8, p=1)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")
