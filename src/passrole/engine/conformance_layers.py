"""The layers of a conformance case: documents read to a `PolicyStack`, and how a case refers to their statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from passrole.engine.conformance_json import ConformanceError, flag_at, list_at, object_at, text_at, texts_at
from passrole.engine.request import Request
from passrole.engine.special_actions import asks_trust_policy
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, Layer, PolicyStack, Unknown
from passrole.engine.statements import Asked
from passrole.policy.model import PolicyType
from passrole.policy.parse import PolicySyntaxError, policy_from_value

LAYERS: Mapping[str, PolicyType] = {
    "identity": PolicyType.IDENTITY,
    "resource": PolicyType.RESOURCE,
    "boundary": PolicyType.BOUNDARY,
    "session": PolicyType.SESSION,
    "scps": PolicyType.SCP,
    "rcps": PolicyType.RCP,
    "endpoint": PolicyType.ENDPOINT,
}
_RESTRICTING = "restrict_public_buckets"
_PUBLIC_ACCESS = ("block_public_acls", "ignore_public_acls", "block_public_policy", _RESTRICTING)
_CONSTRAINTS = ("encryption_context_equals", "encryption_context_subset")


class CaseLayers:
    """Reads the layers of one case once; afterwards it knows what each policy is called.

    Without `refusals`, a document that is no policy raises PolicySyntaxError. With it, its layer is not known and
    `refusal` says why, so that nothing can rest on the document.
    """

    def __init__(self, where: str, request: Request, *, refusals: bool) -> None:
        self._where = where
        self._refusals = refusals
        self._is_trust = asks_trust_policy(Asked.of(request, has_boundary=False))
        self._names: dict[tuple[object, object, object], str] = {}
        self.refusal: str | None = None

    def stack(self, value: object) -> PolicyStack:
        layers = object_at(value, f"`policies` of {self._where}", LAYERS)

        def layer(name: str) -> Layer | None:
            return self._layer(layers[name], name, None, name) if name in layers else None

        return PolicyStack(
            identity=layer("identity") or Known(),
            resource=layer("resource") or Known(),
            boundary=layer("boundary"),
            session=layer("session"),
            scps=self._levels(layers.get("scps", []), "scps"),
            rcps=self._levels(layers.get("rcps", []), "rcps"),
            endpoint=layer("endpoint"),
        )

    def stack_of(self, given: Mapping[str, object]) -> PolicyStack:
        """The stack of a case's `input`, with what stands there beside policies."""
        where = f"`input` of {self._where}"
        kms = object_at(given.get("kms", {"key_manager": "CUSTOMER"}), where, ("key_manager", "grants"))
        if kms.get("key_manager") not in ("AWS", "CUSTOMER"):
            raise ConformanceError(f"`key_manager` of {self._where} is neither AWS nor CUSTOMER")
        access = object_at(given.get("s3_block_public_access", {}), where, _PUBLIC_ACCESS)
        return replace(
            self.stack(given.get("policies")),
            grants=tuple(self._grant(grant) for grant in list_at(kms.get("grants", []), where)),
            aws_managed_key=kms["key_manager"] == "AWS",
            restrict_public_buckets=_RESTRICTING in access and flag_at(access, _RESTRICTING, where),
        )

    def type_of(self, layer: str) -> PolicyType:
        if layer not in LAYERS:
            raise ConformanceError(f"{self._where} speaks of the layer `{layer}`, which there is not")
        return PolicyType.TRUST if layer == "resource" and self._is_trust else LAYERS[layer]

    def statement_named(self, ref: object) -> tuple[str, int]:
        """The name of the policy and the index of the statement that a reference of the case means."""
        fields = object_at(ref, f"`determining` of {self._where}", ("layer", "level", "policy", "statement"))
        name = self._names.get((fields.get("layer"), fields.get("level"), fields.get("policy")))
        statement = fields.get("statement")
        if name is None or not isinstance(statement, int):
            raise ConformanceError(f"{self._where} refers to a statement that it does not have", causes=(str(ref),))
        return name, statement

    def _grant(self, value: object) -> KeyGrant:
        where = f"a grant of {self._where}"
        grant = object_at(value, where, ("grantee_principal", "retiring_principal", "operations", "constraints"))
        limits = object_at(grant.get("constraints", {}), where, _CONSTRAINTS)

        def pairs(name: str) -> dict[str, str] | None:
            given = object_at(limits[name], where) if name in limits else None
            return None if given is None else {key: text_at(given, key, where) for key in given}

        return KeyGrant(
            text_at(grant, "grantee_principal", where),
            frozenset(texts_at(grant.get("operations"), where)),
            retiring_principal=text_at(grant, "retiring_principal", where) if "retiring_principal" in grant else None,
            context_equals=pairs("encryption_context_equals"),
            context_subset=pairs("encryption_context_subset"),
        )

    def _levels(self, value: object, name: str) -> tuple[Layer, ...]:
        layers: list[Layer] = []
        for number, entry in enumerate(list_at(value, f"`{name}` of {self._where}")):
            level = object_at(entry, f"a level of {self._where}", ("level", "policies", "unknown"))
            documents = level["policies"] if "policies" in level else {"unknown": level.get("unknown")}
            layers.append(self._layer(documents, name, number, f"{name} {text_at(level, 'level', self._where)}"))
        return tuple(layers)

    def _layer(self, value: object, layer: str, level: int | None, label: str) -> Layer:
        where = f"`{label}` of {self._where}"
        if isinstance(value, dict):
            return Unknown(text_at(object_at(value, where, ("unknown",)), "unknown", where))
        policies: list[AttachedPolicy] = []
        for number, document in enumerate(list_at(value, where)):
            name = f"{label} policy {number + 1}"
            self._names[layer, level, number] = name
            try:
                policy = policy_from_value(document, f"{self._where} {name}")
            except PolicySyntaxError as error:
                if not self._refusals:
                    raise
                self.refusal = str(error)
                return Unknown(self.refusal)
            policies.append(AttachedPolicy(self.type_of(layer), name, policy))
        return Known(tuple(policies))
