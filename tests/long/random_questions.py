"""Random requests and stacks, quickly: the alphabets of the property tests, and short texts that nobody thought of."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from tests.engine import engine_strategies as alphabet

from passrole.engine.request import ContextValue, Request
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, Layer, PolicyStack, Unknown
from passrole.policy.model import (
    ActionElement,
    Condition,
    ConditionOperator,
    Effect,
    Policy,
    PolicyType,
    PrincipalElement,
    PrincipalEntry,
    PrincipalKind,
    Quantifier,
    ResourceElement,
    Statement,
    Value,
)
from passrole.policy.operators import OPERATORS, OperatorFamily

Item = TypeVar("Item")

EFFECTS = (Effect.ALLOW, Effect.ALLOW, Effect.ALLOW, Effect.DENY)
VERSIONS = ("2012-10-17", "2012-10-17", "2008-10-17", None)
ONLY_LIMITING = (PolicyType.SCP, PolicyType.ENDPOINT, PolicyType.BOUNDARY, PolicyType.SESSION)
WITH_PRINCIPAL = (PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP, PolicyType.ENDPOINT)
EVERYTHING = alphabet.EVERYTHING.statements[0]
UNREADABLE = Unknown("not readable")
EVERY_KEY = ("*", "aws:PrincipalTag/*", "saml:*")
PIECES: dict[OperatorFamily, tuple[str, ...]] = {
    OperatorFamily.STRING: ("a", "b", "A", "*", "?", ":", "/", "${aws:username}", "${*}", "${", "}", "ß", "İ", " "),
    OperatorFamily.ARN: ("arn", "aws", ":", ":", ":", ":", "s3", "*", "?", "reports", "${aws:username}"),
    OperatorFamily.NUMERIC: ("0", "1", "9", "-", "+", ".", "e", " "),
    OperatorFamily.DATE: ("2026", "-01", "-31", "T", "00:00", ":00", ":60", "Z", "+01:00", ".5", "24:00"),
    OperatorFamily.BOOL: ("true", "FALSE", " ", "1"),
    OperatorFamily.BINARY: ("YQ==", "YQ", "=", "YWI=", "-"),
    OperatorFamily.IP: ("10", ".0", ".0.0", ".1", "/8", "/0", "/33", "2001:db8", "::", "::ffff:", "%1"),
    OperatorFamily.NULL: ("true", "FALSE", ""),
}
"""What texts are put together from that no alphabet lists."""
RESOURCE_PIECES = (
    "arn:aws:s3:::",
    "arn:aws:sqs:us-east-1:",
    "reports",
    "a",
    "*",
    "?",
    ":",
    "/",
    "${aws:username}",
    "${?}",
)
ACTION_PIECES = ("s3:", "Get", "Object", "get", "*", "?", "kms:", "Decrypt", "sts:", "AssumeRole")


@dataclass(frozen=True, slots=True)
class Question:
    request: Request
    stack: PolicyStack


class Questions:
    """An endless source: the same `seed` and `number` always give the same stack and the same requests to it."""

    def __init__(self, seed: int, number: int) -> None:
        self._random = random.Random(f"{seed} {number}")
        self._unknown = self._one_in(2)
        self._texts_of_its_own = self._one_in(3)

    def requests_to_one_stack(self, count: int) -> list[Question]:
        """Some of the requests share the principal, the action or all but the context, as a service's do."""
        first = self._request()
        stack = self._stack(first.action)
        questions = [Question(first, stack)]
        while len(questions) < count:
            other = self._request()
            shared = self._random.randrange(4)
            if shared == 0:
                other = replace(other, principal=first.principal, action=first.action, resource=first.resource)
            elif shared == 1:
                other = replace(other, principal=first.principal, action=first.action)
            elif shared == 2:
                other = replace(first, principal=other.principal)
            questions.append(Question(other, stack))
        return questions

    def _pick(self, items: Sequence[Item]) -> Item:
        return items[int(self._random.random() * len(items))]

    def _one_in(self, count: int) -> bool:
        return self._random.random() * count < 1

    def _glued(self, pieces: Sequence[str], most: int = 6) -> str:
        return "".join(self._pick(pieces) for _ in range(self._random.randint(1, most)))

    def _text(self, known: Sequence[str], pieces: Sequence[str]) -> str:
        return self._glued(pieces) if self._texts_of_its_own and self._one_in(3) else self._pick(known)

    def _values(self, known: Sequence[str], pieces: Sequence[str]) -> tuple[Value, ...]:
        return tuple(Value(self._text(known, pieces)) for _ in range(1 + self._one_in(3) + self._one_in(9)))

    def _request(self) -> Request:
        action, resource = self._pick(alphabet.QUESTIONS)
        if self._texts_of_its_own and self._one_in(3):
            resource = self._glued([piece for piece in RESOURCE_PIECES if "$" not in piece])
        keys = (*alphabet.KEYS, *alphabet.KEYS, *alphabet.RARE_KEYS)
        context = {self._pick(keys): self._seen() for _ in range(self._random.randrange(5))}
        named = (*alphabet.KEYS, *alphabet.RARE_KEYS, *3 * EVERY_KEY)
        few = range(self._random.randint(1, 2))
        return Request(
            self._pick(alphabet.PRINCIPALS),
            action,
            resource,
            self._pick((None, None, alphabet.ACCOUNT, alphabet.OTHER)),
            context,
            frozenset({self._pick(named) for _ in few}) if self._unknown and self._one_in(4) else frozenset(),
            frozenset(self._pick(named) for _ in few) if self._one_in(4) else frozenset(),
            self._pick(((), (), ("athena.amazonaws.com",), ("athena.amazonaws.com", "s3.amazonaws.com"))),
            self._pick((None, None, None, *alphabet.ORGANIZATIONS)),
        )

    def _seen(self) -> ContextValue:
        def one() -> str:
            return self._text(alphabet.SEEN, PIECES[self._pick(list(OperatorFamily))])

        return one() if self._one_in(2) else tuple(one() for _ in range(self._random.randrange(4)))

    def _condition(self) -> Condition:
        base = self._pick(list(OPERATORS))
        family = OPERATORS[base].family
        return Condition(
            ConditionOperator(base, self._one_in(4), self._pick((None, None, *Quantifier))),
            self._pick(alphabet.RARE_KEYS if self._one_in(4) else alphabet.KEYS),
            self._values(alphabet.VALUES[family], PIECES[family]),
        )

    def _conditions(self) -> tuple[Condition, ...]:
        found: dict[tuple[str, str], Condition] = {}
        for _ in range(self._pick((0, 0, 0, 1, 1, 2))):
            condition = self._condition()
            # A document has each key of an operator once.
            found[str(condition.operator), condition.key] = condition
        return tuple(found.values())

    def _principals(self) -> PrincipalElement:
        entries = [self._pick(alphabet.ENTRIES) for _ in range(self._random.randint(1, 3))]
        if any(kind is PrincipalKind.EVERYONE for kind, _ in entries):
            entries = [(PrincipalKind.EVERYONE, "*")]
        return PrincipalElement(self._one_in(4), tuple(PrincipalEntry(kind, Value(text)) for kind, text in entries))

    def _statement(self, kind: PolicyType) -> Statement:
        # Where most elements are wide, the others are seen to make the difference.
        actions = ActionElement(self._one_in(4), self._values(alphabet.ACTIONS, ACTION_PIECES))
        resources = ResourceElement(self._one_in(4), self._values(alphabet.RESOURCES, RESOURCE_PIECES))
        odd = self._one_in(30)
        with_resource = (kind is not PolicyType.TRUST) is not odd
        return Statement(
            self._pick(EFFECTS),
            EVERYTHING.actions if self._one_in(2) else actions,
            (EVERYTHING.resources if self._one_in(2) else resources) if with_resource else None,
            (alphabet.EVERYONE if self._one_in(4) else self._principals())
            if (kind in WITH_PRINCIPAL) is not odd
            else None,
            self._conditions(),
        )

    def _layer(self, kind: PolicyType) -> Layer:
        if self._unknown and self._one_in(7):
            return UNREADABLE
        policies = [
            Policy(tuple(self._statement(kind) for _ in range(self._random.randint(1, 3))), self._pick(VERSIONS))
            for _ in range(self._random.randrange(3))
        ]
        if kind in ONLY_LIMITING and not self._one_in(3):
            # Or hardly a request would come past the layers that only limit.
            everyone = alphabet.EVERYONE if kind is PolicyType.ENDPOINT else None
            policies.append(Policy((replace(EVERYTHING, principals=everyone),)))
        return Known(tuple(AttachedPolicy(kind, f"{kind.value} {n}", policy) for n, policy in enumerate(policies)))

    def _maybe(self, kind: PolicyType) -> Layer | None:
        return self._layer(kind) if self._one_in(3) else None

    def _levels(self, kind: PolicyType) -> tuple[Layer, ...]:
        return tuple(self._layer(kind) for _ in range(self._pick((0, 0, 1, 2))))

    def _grant(self) -> KeyGrant:
        kinds = (PrincipalKind.AWS, PrincipalKind.SERVICE)
        names = [text for kind, text in alphabet.ENTRIES if kind in kinds]
        operations = ("Decrypt", "DescribeKey", "CreateGrant", "RetireGrant")

        def pairs() -> dict[str, str] | None:
            if not self._one_in(3):
                return None
            return {self._pick(("team", "Team")): self._pick(alphabet.SEEN) for _ in range(self._random.randrange(2))}

        return KeyGrant(
            self._pick(names),
            frozenset(self._pick(operations) for _ in range(self._random.randint(1, 3))),
            retiring_principal=self._pick((None, self._pick(names))),
            issuing_account=self._pick((None, f"{alphabet.IAM}root")),
            context_equals=pairs(),
            context_subset=pairs(),
            source_arn=self._pick((None, None, None, "arn:aws:s3:::reports")),
        )

    def _stack(self, action: str) -> PolicyStack:
        asks_trust = action.lower().startswith("sts:assumerole")
        grants: tuple[KeyGrant, ...] | Unknown = tuple(self._grant() for _ in range(self._pick((0, 0, 1, 2))))
        not_sure: tuple[bool | Unknown, ...] = (False, True, UNREADABLE) if self._unknown else (False, True)
        return PolicyStack(
            self._layer(PolicyType.IDENTITY),
            self._layer(PolicyType.TRUST if asks_trust else PolicyType.RESOURCE),
            self._maybe(PolicyType.BOUNDARY),
            self._maybe(PolicyType.SESSION),
            self._levels(PolicyType.SCP),
            self._levels(PolicyType.RCP),
            self._maybe(PolicyType.ENDPOINT),
            UNREADABLE if self._unknown and self._one_in(9) else grants,
            self._one_in(4),
            self._pick(not_sure),
        )
