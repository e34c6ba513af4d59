"""A question to the engine, and the policies that it was answered from, as text and back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from passrole.account.documents import parsed
from passrole.engine.identity import Identity
from passrole.engine.request import Organization, Principal, PrincipalType, Request
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, Layer, PolicyStack, Unknown
from passrole.policy.model import Policy, PolicyType
from passrole.policy.printing import print_policy

Json = dict[str, object]
_REQUEST = tuple(field.name for field in fields(Request))


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def request_value(request: Request) -> Json:
    """Shares its parts with the request: it is for writing out, not for changing."""
    value = {name: getattr(request, name) for name in _REQUEST}
    value["principal"] = _principal_value(request.principal)
    value["unknown_keys"], value["absent_keys"] = sorted(request.unknown_keys), sorted(request.absent_keys)
    value["organization"] = None if request.organization is None else asdict(request.organization)
    return value


@lru_cache(maxsize=256)
def _principal_value(principal: Principal) -> Json:
    return asdict(principal) | {"type": principal.type.name}


def request_from(value: dict[str, Any]) -> Request:
    """The request of a value that `request_value` made."""
    members = dict(value)
    principal, organization = members.pop("principal"), members.pop("organization")
    return Request(
        principal=Principal(**(principal | {"type": PrincipalType[principal["type"]]})),
        # JSON has no tuples: a list here was the values of a multivalued key.
        context={key: tuple(one) if isinstance(one, list) else one for key, one in members.pop("context").items()},
        unknown_keys=frozenset(members.pop("unknown_keys")),
        absent_keys=frozenset(members.pop("absent_keys")),
        called_via=tuple(members.pop("called_via")),
        organization=None if organization is None else Organization(**organization),
        **members,
    )


class SavedStack:
    """A stack as text, with the documents in it by their digests."""

    def __init__(self, stack: PolicyStack) -> None:
        # The server gathers no endpoint's policy; a stack with one would not be the same when it is read again.
        assert stack.endpoint is None
        self.documents: dict[str, str] = {}
        self.text = json.dumps(
            {
                "identity": self._layer(stack.identity),
                "resource": self._layer(stack.resource),
                "boundary": None if stack.boundary is None else self._layer(stack.boundary),
                "session": None if stack.session is None else self._layer(stack.session),
                "scps": [self._layer(layer) for layer in stack.scps],
                "rcps": [self._layer(layer) for layer in stack.rcps],
                **_beside_policies(stack),
            }
        )
        self.id = digest_of(self.text)

    def _layer(self, layer: Layer) -> Json:
        if isinstance(layer, Unknown):
            return {"unknown": layer.reason}
        return {"assumption": layer.assumption, "policies": [self._policy(each) for each in layer.policies]}

    def _policy(self, attached: AttachedPolicy) -> Json:
        digest, text = _printed(Identity(attached.policy))
        self.documents[digest] = text
        return {"type": attached.type.name, "name": attached.name, "document": digest}


def _beside_policies(stack: PolicyStack) -> Json:
    """What most stacks do not have: grants on a KMS key, and the setting of S3 Block Public Access."""
    value: Json = {}
    if isinstance(stack.grants, Unknown):
        value["grants"] = {"unknown": stack.grants.reason}
    elif stack.grants:
        value["grants"] = [{**asdict(grant), "operations": sorted(grant.operations)} for grant in stack.grants]
    if stack.aws_managed_key:
        value["aws_managed_key"] = True
    if isinstance(stack.restrict_public_buckets, Unknown):
        value["restrict_public_buckets"] = {"unknown": stack.restrict_public_buckets.reason}
    elif stack.restrict_public_buckets:
        value["restrict_public_buckets"] = True
    return value


def _grants(saved: Any) -> tuple[KeyGrant, ...] | Unknown:
    if isinstance(saved, dict):
        return Unknown(saved["unknown"])
    return tuple(KeyGrant(**{**grant, "operations": frozenset(grant["operations"])}) for grant in saved or ())


@lru_cache(maxsize=512)
def _printed(policy: Identity[Policy]) -> tuple[str, str]:
    text = print_policy(policy.value)
    return digest_of(text), text


def stack_from(text: str, document: Callable[[str], str]) -> PolicyStack:
    """The stack of a saved text; `document` gives the text of each digest."""
    value = json.loads(text)
    restrict = value.get("restrict_public_buckets")

    def layer(saved: dict[str, Any]) -> Layer:
        if "unknown" in saved:
            return Unknown(saved["unknown"])
        return Known(
            tuple(
                AttachedPolicy(PolicyType[one["type"]], one["name"], parsed(document(one["document"])))
                for one in saved["policies"]
            ),
            saved["assumption"],
        )

    return PolicyStack(
        identity=layer(value["identity"]),
        resource=layer(value["resource"]),
        boundary=None if value["boundary"] is None else layer(value["boundary"]),
        session=None if value["session"] is None else layer(value["session"]),
        scps=tuple(map(layer, value["scps"])),
        rcps=tuple(map(layer, value["rcps"])),
        grants=_grants(value.get("grants")),
        aws_managed_key=value.get("aws_managed_key", False),
        restrict_public_buckets=Unknown(restrict["unknown"]) if isinstance(restrict, dict) else bool(restrict),
    )
