"""What is compared, layer by layer, and the policies of AWS's own that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from passrole.engine.compiled import CompiledStatement, compiled
from passrole.engine.identity import Identity
from passrole.engine.stack import AttachedPolicy, Known, PolicyStack
from passrole.policy.model import (
    ActionElement,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    ResourceElement,
    Statement,
    Value,
)
from passrole.prover.views import services_of

GATEWAY_SERVICES = frozenset({"s3", "dynamodb"})
_EVERYTHING = Policy(
    (Statement(Effect.ALLOW, ActionElement(False, (Value("*"),)), ResourceElement(False, (Value("*"),))),)
)
EVERYTHING = Known((AttachedPolicy(PolicyType.IDENTITY, "everything", _EVERYTHING),))
_EVERYONE = PrincipalElement(False, (PrincipalEntry(PrincipalKind.EVERYONE, Value("*")),))
_ALL = (Value("*"),)
RCP_FULL_AWS_ACCESS = AttachedPolicy(
    PolicyType.RCP,
    "RCPFullAWSAccess",
    Policy((Statement(Effect.ALLOW, ActionElement(False, _ALL), ResourceElement(False, _ALL), _EVERYONE),)),
)
INTERFACE_ENDPOINT = "the endpoint is an interface endpoint: a gateway endpoint takes no Principal but `*`"


Stated = tuple[int, PolicyType, CompiledStatement, bool]
"""A statement with its layer, its policy's type, and whether its document has policy variables."""


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Layers of policies that must all allow; the policies of one layer are of one type."""

    layers: tuple[tuple[AttachedPolicy, ...], ...]
    regions: tuple[AttachedPolicy, ...] = ()
    """Only requests that these allow are looked at; they take no part in the decision."""
    outsiders: bool = False
    """Only callers are looked at that no policy names: anonymous ones, and those of another account."""

    def only(self, region: AttachedPolicy, *, outsiders: bool = False) -> Side:
        return replace(self, regions=(*self.regions, region), outsiders=outsiders)

    @property
    def type(self) -> PolicyType:
        """Of the first layer; that of a policy by itself."""
        return next((one.type for layer in self.layers for one in layer), PolicyType.IDENTITY)

    @property
    def stack(self) -> PolicyStack:
        """For the engine."""
        return _stack(self)

    def statements(self) -> tuple[Stated, ...]:
        return _statements(self)


@lru_cache(maxsize=64)
def _statements(side: Side) -> tuple[Stated, ...]:
    return tuple(
        (number, attached.type, statement, attached.policy.has_policy_variables)
        for number, layer in enumerate((*side.layers, *((region,) for region in side.regions)))
        for attached in layer
        for statement in compiled(attached.policy).statements
    )


@lru_cache(maxsize=64)
def _stack(side: Side) -> PolicyStack:
    by_type: dict[PolicyType, list[Known]] = {}
    for layer in side.layers:
        by_type.setdefault(layer[0].type if layer else PolicyType.IDENTITY, []).append(Known(layer))
    one = {kind: layers[0] for kind, layers in by_type.items()}
    return PolicyStack(
        identity=one.get(PolicyType.IDENTITY, EVERYTHING),
        resource=one.get(PolicyType.RESOURCE, one.get(PolicyType.TRUST, Known())),
        boundary=one.get(PolicyType.BOUNDARY),
        session=one.get(PolicyType.SESSION),
        scps=tuple(by_type.get(PolicyType.SCP, ())),
        rcps=tuple(by_type.get(PolicyType.RCP, ())),
        endpoint=one.get(PolicyType.ENDPOINT),
    )


def may_name_callers_of_gateway(side: Side) -> bool:
    """Whether a VPC endpoint's policy names some callers only, for a service that has gateway endpoints."""
    return any(
        kind is PolicyType.ENDPOINT
        and statement.principals is not None
        and any(entry.kind is not PrincipalKind.EVERYONE for entry in statement.principals.element.entries)
        and not (services_of(Identity(statement)) or GATEWAY_SERVICES).isdisjoint(GATEWAY_SERVICES)
        for _, kind, statement, _ in side.statements()
    )
