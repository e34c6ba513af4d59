"""What resources an action is asked about: the forms of ARN that AWS publishes for it, as regions of texts.

Source: Service Authorization Reference
<https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product

from passrole.catalog.actions import get_action, get_resource_type
from passrole.policy.arn import PARTITIONS
from passrole.prover.items import Chars, Items, One, Star
from passrole.prover.texts import Region

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}|(\*)")
_ACCOUNT = re.compile(r"[0-9]{12}")
_WITHOUT_SLASH = frozenset({"BucketName", "UserName", "TableName", "QueueName", "TopicName", "FunctionName"})
# User names are written with their paths: `${UserNameWithPath}` in AWS's list.

_EXAMPLE = "arn:aws:x:us-east-1:111122223333:x"

NO_RESOURCE = Region((("*",),))
"""The resource of an action that is about none."""

ANY_ARN = Region(
    (
        ("*",),
        (
            "arn:",
            *(One(Chars.NOT_COLON), Star(Chars.NOT_COLON), ":"),
            *(One(Chars.NOT_COLON), Star(Chars.NOT_COLON), ":"),
            *(Star(Chars.NOT_COLON), ":", Star(Chars.NOT_COLON), ":"),
            *(One(Chars.SOME), Star(Chars.ANY)),
        ),
    )
)
"""`*` and every text of the form of an ARN."""


def partitions_told_apart(resources: Iterable[str]) -> tuple[str, ...]:
    """The partitions that these patterns of resources name, and one that stands for all others."""
    named: set[str] = set()
    for text in resources:
        parts = text.split(":", 2)
        if len(parts) == 3 and parts[1] != "*":
            if set("*?$") & set(parts[1]):
                return PARTITIONS
            named.add(parts[1])
    other = next((partition for partition in PARTITIONS if partition not in named), None)
    return tuple(partition for partition in PARTITIONS if partition in named or partition == other)


Owners = frozenset[tuple[str, str]]
"""Services (`*` for all) with what stands in the place of the account in ARNs of AWS's own resources."""


def owners_told_apart(resources: Iterable[str]) -> Owners:
    """Where these patterns of resources tell AWS's own resources (`arn:aws:iam::aws:policy/…`) from an account's.

    AWS's list writes `${Account}` for them all the same: `aws`, or nothing as in `arn:aws:ssm:us-east-1::document/…`.
    Elsewhere they are as those of an account that no policy names.
    """
    found: set[tuple[str, str]] = set()
    for text in resources:
        parts = text.split(":", 5)
        if len(parts) < 5 or (parts[4] and not parts[4].strip("*")) or _ACCOUNT.fullmatch(parts[4]):
            continue
        service = "*" if set("*?$") & set(parts[2]) else parts[2]
        if parts[4] == "aws":
            found.add((service, "aws"))
        elif parts[4]:
            found |= {(service, "aws"), (service, "")}
        elif parts[3]:
            found.add((service, ""))
    return frozenset(found)


@lru_cache(maxsize=16384)
def forms_of(
    action: str, partitions: tuple[str, ...], owners: Owners = frozenset(), *, plain_names: bool = False
) -> tuple[Region, ...]:
    """The forms of the resources that an action can be asked about; `*` and all ARNs if AWS does not list it.

    `plain_names` leaves out what AWS may never ask about: names with colons, and `*` where there are resources.
    """
    facts = get_action(action)
    if facts is None:
        everything = (*NO_RESOURCE.patterns, *_well_formed(partitions, plain_names).patterns)
        return (Region(everything),)
    found: dict[Region, None] = {}
    kinds = [get_resource_type(facts.service, resource.name) for resource in facts.resources]
    for kind in kinds:
        # A few types are those of another service, and stand in no list.
        form = _form(kind.arn_format, partitions, plain_names) if kind else _well_formed(partitions, plain_names)
        found[form] = None
    for kind in kinds if owners else ():
        parts = kind.arn_format.split(":", 5) if kind else []
        if kind and _is_any(parts[4]):
            # After all others, so that a witness is about a plain resource where it can be.
            for owner in sorted({owner for service, owner in owners if service in ("*", parts[2])}, reverse=True):
                found[_form(kind.arn_format, partitions, plain_names, owner)] = None
    if not kinds or not (plain_names or any(resource.required for resource in facts.resources)):
        found[NO_RESOURCE] = None
    return tuple(found)


@lru_cache(maxsize=4096)
def example_of(form: Region) -> str:
    """A resource of this form such as people write in documents."""
    if form.patterns[0] == ("*",):
        return "*"
    filled: list[str] = []
    colons = 0
    for item in form.patterns[0]:
        if isinstance(item, str):
            filled.append(item)
            colons += item.count(":")
        elif isinstance(item, One):
            # Twelve places make an account.
            place = "111122223333"[len(filled[-1]) :][:1] if filled and filled[-1].isdigit() else "1"
            if item.chars is Chars.DIGIT and filled and filled[-1].isdigit():
                filled[-1] += place
            else:
                is_region = item.chars is Chars.REGION and colons == 3
                filled.append("1" if item.chars is Chars.DIGIT else "us-east-1" if is_region else "x")
    return "".join(filled)


def plain_resource(form: Region, within: Sequence[Region], without: Sequence[Region]) -> str | None:
    """A resource in all of `within` and none of `without` that is easy to guess; None where none was guessed."""
    example = example_of(form)
    guesses = [example]
    for region in within:
        if not region.negated:
            guesses += [_guess(pattern, example, filler) for pattern in region.patterns[:4] for filler in ("x", "")]
    for guess in guesses:
        if all(region.takes(guess) for region in (form, *within)) and not any(
            region.takes(guess) for region in without
        ):
            return guess
    return None


def _guess(pattern: Items, example: str, filler: str) -> str:
    """The pattern with its wildcards filled in, those that are a whole part of an ARN from the example."""
    text = "".join(item if isinstance(item, str) else "\0" if isinstance(item, Star) else "x" for item in pattern)
    parts, examples = text.split(":", 5), (_EXAMPLE if example == "*" else example).split(":", 5)
    if len(parts) == len(examples) == 6:
        parts = [other if part == "\0" else part for part, other in zip(parts, examples, strict=True)]
    return ":".join(parts).replace("\0", filler)


@lru_cache(maxsize=4096)
def _form(arn_format: str, known: tuple[str, ...], plain_names: bool, owner: str | None = None) -> Region:
    """`owner` stands in the place of the account."""
    parts = arn_format.split(":", 5)
    account = _account(parts[4]) if owner is None else [owner]
    rest = [":", *_segment(parts[2]), ":", *_segment(parts[3]), ":", *account, ":", *_resource(parts[5], plain_names)]
    partitions = known if parts[1].startswith("${") else (parts[1],)
    return Region(tuple(_joined(["arn:", partition, *rest]) for partition in partitions))


@lru_cache(maxsize=64)
def _well_formed(partitions: tuple[str, ...], plain_names: bool) -> Region:
    """The ARNs of all services: with a region and an account, without them, and AWS's own, whose account is `aws`."""
    some: list[str | One | Star] = [One(Chars.REGION), Star(Chars.REGION)]
    regions: list[list[str | One | Star]] = [some, []]
    accounts: list[list[str | One | Star]] = [[One(Chars.DIGIT)] * 12, [], ["aws"]]
    name = (One(Chars.NOT_COLON), Star(Chars.NOT_COLON)) if plain_names else (One(Chars.SOME), Star(Chars.ANY))
    places = product(regions, accounts, partitions)
    return Region(
        tuple(
            _joined(["arn:", partition, ":", *some, ":", *region, ":", *account, ":", *name])
            for region, account, partition in places
        )
    )


def _segment(text: str) -> list[str | One | Star]:
    if _is_any(text):
        return [One(Chars.REGION), Star(Chars.REGION)]
    return [text]


def _account(text: str) -> list[str | One | Star]:
    return [One(Chars.DIGIT)] * 12 if _is_any(text) else [text]


def _is_any(part: str) -> bool:
    return part == "*" or part.startswith("${")


def _resource(text: str, plain_names: bool) -> list[str | One | Star]:
    items: list[str | One | Star] = []
    position = 0
    for found in _PLACEHOLDER.finditer(text):
        items.append(text[position : found.start()])
        chars = Chars.NAME if found[1] in _WITHOUT_SLASH else Chars.NOT_COLON if plain_names else Chars.ANY
        items += [One(chars), Star(chars)]
        position = found.end()
    items.append(text[position:])
    return items


def _joined(items: list[str | One | Star]) -> Items:
    """With neighbouring texts as one."""
    joined: list[str | One | Star] = []
    for item in items:
        if isinstance(item, str) and joined and isinstance(joined[-1], str):
            joined[-1] += item
        elif item != "":
            joined.append(item)
    return tuple(joined)
