"""Stored state for the tests of bindings: what a test says, and nothing else there or known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from passrole.activity.bind.bind import bind
from passrole.activity.bind.model import ApiCall, Asked, Basis, Bound
from passrole.activity.bind.state import Answer, Encryption, Known, NoSuchThing, NotKnown

ACCOUNT = "111122223333"
REGION = "eu-central-1"
HERE = f"{REGION}:{ACCOUNT}"
KEY = f"arn:aws:kms:{HERE}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
T = TypeVar("T")


@dataclass
class Facts:
    """State that holds what is listed. What is not listed is no such thing, or not known where `open` is true."""

    tags_of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    encrypted: Mapping[str, Encryption] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[tuple[str, str], str | tuple[str, ...]] = field(default_factory=dict)
    contents: Mapping[tuple[str, str], Mapping[str, object]] = field(default_factory=dict)
    ciphertexts: Mapping[bytes, str] = field(default_factory=dict)
    open: bool = False

    def _of(self, values: Mapping[str, T], key: str) -> Answer[T]:
        if key in values:
            return Known(values[key])
        return NotKnown("the test does not say") if self.open else NoSuchThing()

    def tags(self, resource: str) -> Answer[Mapping[str, str]]:
        return self._of(self.tags_of, resource)

    def owner(self, resource: str) -> Answer[str]:
        return self._of(self.owners, resource)

    def encryption(self, resource: str) -> Answer[Encryption]:
        return self._of(self.encrypted, resource)

    def stands_for(self, resource: str) -> Answer[str]:
        return self._of(self.names, resource)

    def key_of_ciphertext(self, blob: bytes) -> Answer[str]:
        return Known(self.ciphertexts[blob]) if blob in self.ciphertexts else NotKnown("the ciphertext is not ours")

    def attribute(self, resource: str, name: str) -> Answer[str | tuple[str, ...]]:
        if (resource, name) in self.attributes:
            return Known(self.attributes[resource, name])
        return NotKnown("the test does not say")

    def content(self, resource: str, what: str) -> Answer[Mapping[str, object]]:
        if (resource, what) in self.contents:
            return Known(self.contents[resource, what])
        return NotKnown("the test does not say") if self.open else NoSuchThing()


def call(service: str, operation: str, parameters: Mapping[str, object]) -> ApiCall:
    return ApiCall(service, operation, REGION, ACCOUNT, parameters)


def asks_of(
    service: str,
    operation: str,
    parameters: Mapping[str, object],
    facts: Facts | None = None,
    basis: Basis = Basis.TABLE,
) -> Sequence[Asked]:
    bound = bind(call(service, operation, parameters), facts or Facts())
    assert isinstance(bound, Bound), bound
    assert bound.basis is basis
    return bound.asks


def pairs(asks: Sequence[Asked]) -> list[tuple[str, str]]:
    return [(each.action, each.resource) for each in asks]
