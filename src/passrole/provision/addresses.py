"""Addresses: the names by which plans, journals and messages call an entity of an account, or a part of one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from passrole.errors import UsageError


class Kind(Enum):
    USER = "user"
    GROUP = "group"
    ROLE = "role"
    MANAGED_POLICY = "managed-policy"
    INSTANCE_PROFILE = "instance-profile"


class Part(Enum):
    TRUST_POLICY = "trust-policy"
    INLINE_POLICY = "inline-policy"
    ATTACHED_POLICY = "attached-policy"
    ACCESS_KEY = "access-key"
    ROLE = "role"
    """The role that an instance profile holds."""


_WITHOUT_DETAIL = frozenset({Part.TRUST_POLICY, Part.ACCESS_KEY})

_PARTS: dict[Kind, frozenset[Part]] = {
    Kind.USER: frozenset({Part.INLINE_POLICY, Part.ATTACHED_POLICY, Part.ACCESS_KEY}),
    Kind.GROUP: frozenset({Part.INLINE_POLICY, Part.ATTACHED_POLICY}),
    Kind.ROLE: frozenset({Part.TRUST_POLICY, Part.INLINE_POLICY, Part.ATTACHED_POLICY}),
    Kind.MANAGED_POLICY: frozenset(),
    Kind.INSTANCE_PROFILE: frozenset({Part.ROLE}),
}


@dataclass(frozen=True, slots=True)
class Address:
    """`role/vmimport`, `role/vmimport/inline-policy/vmimport`, `user/c/attached-policy/arn:…`.

    A customer managed policy is named with its path and without the first slash, as its ARN ends:
    `managed-policy/service-role/Example`. No other entity's name can hold a slash.
    """

    kind: Kind
    name: str
    part: Part | None = None
    detail: str | None = None
    """The inline policy's name, the attached policy's ARN, or the role's name."""

    def __str__(self) -> str:
        words = [self.kind.value, self.name]
        if self.part is not None:
            words.append(self.part.value)
        if self.detail is not None:
            words.append(self.detail)
        return "/".join(words)

    @property
    def entity(self) -> Address:
        return Address(self.kind, self.name)

    def inline_policy(self, name: str) -> Address:
        return Address(self.kind, self.name, Part.INLINE_POLICY, name)

    def attached_policy(self, arn: str) -> Address:
        return Address(self.kind, self.name, Part.ATTACHED_POLICY, arn)

    def trust_policy(self) -> Address:
        return Address(self.kind, self.name, Part.TRUST_POLICY)

    def access_key(self) -> Address:
        return Address(self.kind, self.name, Part.ACCESS_KEY)

    def profile_role(self, role_name: str) -> Address:
        return Address(self.kind, self.name, Part.ROLE, role_name)


def user(name: str) -> Address:
    return Address(Kind.USER, name)


def group(name: str) -> Address:
    return Address(Kind.GROUP, name)


def role(name: str) -> Address:
    return Address(Kind.ROLE, name)


def instance_profile(name: str) -> Address:
    return Address(Kind.INSTANCE_PROFILE, name)


def managed_policy(arn: str) -> Address:
    """The address of a managed policy by its ARN (`arn:aws:iam::111122223333:policy/path/Name`)."""
    return Address(Kind.MANAGED_POLICY, arn.partition(":policy/")[2])


def managed_policy_arn(address: Address, partition: str, account_id: str) -> str:
    return f"arn:{partition}:iam::{account_id}:policy/{address.name}"


def parse_address(text: str) -> Address:
    """Read an address as `str(address)` writes it. Raises UsageError when it is none."""
    kind_word, _, rest = text.partition("/")
    kind = next((kind for kind in Kind if kind.value == kind_word), None)
    if kind is None or not rest:
        raise _not_an_address(text)
    if kind is Kind.MANAGED_POLICY:
        return Address(kind, rest)
    name, has_part, rest = rest.partition("/")
    if not has_part:
        return Address(kind, name)
    part_word, has_detail, detail = rest.partition("/")
    part = next((part for part in _PARTS[kind] if part.value == part_word), None)
    if not name or part is None or bool(has_detail and detail) == (part in _WITHOUT_DETAIL):
        raise _not_an_address(text)
    return Address(kind, name, part, detail or None)


def _not_an_address(text: str) -> UsageError:
    return UsageError(f"`{text}` is not an address", help="an address is like `role/vmimport/inline-policy/vmimport`")
