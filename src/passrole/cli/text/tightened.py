"""What is told beside a least policy: what was checked, what goes beyond, what it leaves out, what nobody used."""

from __future__ import annotations

import json
from collections.abc import Iterable

import click

from passrole.account.decided import Decided
from passrole.activity.tighten.against_existing import AgainstExisting, Unused
from passrole.activity.tighten.least_policy import covering
from passrole.catalog.quotas import MANAGED_POLICY_SIZE, policy_size
from passrole.cli.say import colourless
from passrole.cli.text.comparison import witness_lines
from passrole.cli.text.tables import heading, prose, short_name
from passrole.cli.tightened import Tightened
from passrole.engine.decision import Outcome, StatementRef
from passrole.policy.arn import Arn, ArnError
from passrole.prover.compare import Relation

_PASSED_TO = "iam:passedtoservice"
_MANY = 5
"""So many resources of one beginning are worth a pattern."""
_SENTENCES = {
    Relation.EQUIVALENT: "it allows just what its policies of today allow",
    Relation.NARROWER: "its policies of today allow all of this, and more that none of these calls used",
    Relation.BROADER: "its policies of today allow less: it allows all that they do, and more",
    Relation.INCOMPARABLE: "its policies of today allow more that none of these calls used, and lack some of this",
    Relation.DISJOINT: "its policies of today allow none of this",
    Relation.UNDECIDED: "how it compares with the policies of today is not decided",
}


def policy_text(result: Tightened) -> str:
    return json.dumps(result.least.document, indent=4, ensure_ascii=False)


def tightened_lines(result: Tightened) -> list[str]:
    name = result.owner.rpartition(":")[2]
    lines = prose(f"{heading(f'The least policy of {name}')}: {_checked(result)}", 0, 2)
    lines += _beyond(result)
    for each in result.impossible:
        request, by = each.decided.request, each.then.decided_by
        lacking = each.then.rule or (f"the {by.value}" if by else "; ".join(each.then.undecided_because))
        word = "denies" if each.then.outcome is Outcome.EXPLICIT_DENY else "does not allow it"
        lines += prose(
            f"{click.style('cannot be allowed', fg='red')} by a policy of its own: {request.action} on "
            f"{colourless(request.resource)}: {lacking} {word}",
            2,
            2,
        )
    lines += [line for ref in result.denied_by for line in prose(f"{_named(ref)} denied some of it, and must go", 2, 2)]
    if result.left_out:
        one = result.left_out == 1
        words = "call that was denied is" if one else "calls that were denied are"
        lines += prose(f"{result.left_out} {words} left out; to allow {'it' if one else 'them'}: --with-denied", 2, 2)
    if result.with_denied and any(not each.decision.allowed for each in result.needed):
        lines += prose("a call that was denied may ask for more once this is allowed", 2, 2)
    if result.against is not None:
        lines += _against(result, result.against)
    elif result.why_not is not None and result.needed:
        lines += prose(f"it is not compared with the policies of today: {result.why_not}", 2, 2)
    return lines


def _checked(result: Tightened) -> str:
    number = len(result.needed)
    all_of_them = "the decision" if number == 1 else f"all {_decisions(number)}"
    parts = [f"the engine allows {all_of_them} with it"] if number else []
    if result.free:
        parts.append(
            f"{_decisions(len(result.free))} {'needs' if len(result.free) == 1 else 'need'} no policy of its own"
        )
    return "; ".join(parts) or "there is none"


def _beyond(result: Tightened) -> list[str]:
    lines: list[str] = []
    keys = f" but for {', '.join(result.shape.keys)}" if result.shape.keys else ""
    if result.needed:
        lines += prose(
            f"beyond these calls it allows the same ones in any context{keys}: other places, times, parameters", 2, 2
        )
    by_pattern: dict[str, list[str]] = {}
    for action, pattern in result.least.wide:
        by_pattern.setdefault(pattern, []).append(action)
    for pattern, actions in by_pattern.items():
        lines += prose(f"and on all that {pattern} covers: {', '.join(actions)}", 2, 2)
    if result.least.without_key:
        lines += prose(f"{_decisions(result.least.without_key)} had no such key: nothing is kept of it there", 2, 2)
    if _PASSED_TO not in _kept(result) and any(each.request.action == "iam:PassRole" for each in result.needed):
        lines += prose(
            "iam:PassRole hands the role to any service; to the same ones only: --condition iam:PassedToService"
        )
    size = policy_size(policy_text(result))
    if size > MANAGED_POLICY_SIZE.value:
        lines += prose(
            f"it has {size} characters, and a managed policy may have {MANAGED_POLICY_SIZE.value}: "
            "write patterns with --widen",
            2,
            2,
        )
    for pattern, number in _hints(result.needed, result.shape.patterns):
        lines += prose(f"{number} resources begin alike; to write them as one: --widen '{pattern}'", 2, 2)
    return lines


def _against(result: Tightened, against: AgainstExisting) -> list[str]:
    comparison = against.comparison
    lines = ["", heading("The policies of today")]
    lines += prose(_SENTENCES[comparison.relation], 2, 2)
    lines += [line for text in comparison.undecided_because for line in prose(f"not decided: {text}", 2, 2)]
    for title, witnesses in (
        ("for example, they allow, and nobody used:", comparison.lost),
        ("for example, it allows, and they do not:", comparison.gained),
    ):
        if witnesses:
            lines += prose(title, 2, 2)
            for witness in witnesses:
                lines += [f"  {line}" for line in witness_lines(witness.request, ())]
    if against.unused:
        lines += prose("what none of these calls needed:", 2, 2)
        lines += [line for each in against.unused for line in prose(_unused(each), 4, 2)]
    for ref in against.conditions_left_out:
        conditions = [each for each in ref.statement.conditions if each.key.lower() not in _kept(result)]
        texts = ", ".join(f"{each.operator} {each.key}" for each in conditions)
        lines += prose(
            f"{_named(ref)} allowed some of this only under conditions, which are left out: {texts} "
            f"(to keep what was seen: --condition {conditions[0].key})",
            2,
            2,
        )
    for ref in against.denies:
        lines += prose(f"{_named(ref)} is a Deny, and not in it: keep it beside", 2, 2)
    return lines


def _unused(unused: Unused) -> str:
    element = unused.ref.statement.actions
    if unused.whole:
        negated = "all but " if element.negated else ""
        return f"{_named(unused.ref)}: {negated}{', '.join(unused.actions)}"
    return f"{_named(unused.ref)}, of its actions: {', '.join(unused.actions)}"


def _hints(decisions: Iterable[Decided], patterns: tuple[str, ...]) -> list[tuple[str, int]]:
    """Patterns for resources that begin alike, up to a slash or colon of their last part; the most first."""
    by_start: dict[str, set[str]] = {}
    for resource in {each.request.resource for each in decisions}:
        if covering(resource, patterns):
            continue
        try:
            Arn.parse(resource)
        except ArnError:
            continue
        place = max(resource.rfind("/"), resource.rfind(":")) + 1
        if resource[:place].count(":") > 5 or "/" in resource[:place]:
            by_start.setdefault(resource[:place], set()).add(resource)
    found = [(f"{start}*", len(resources)) for start, resources in by_start.items() if len(resources) >= _MANY]
    return sorted(found, key=lambda hint: (-hint[1], hint[0]))


def _kept(result: Tightened) -> set[str]:
    return {key.lower() for key in result.shape.keys}


def _named(ref: StatementRef) -> str:
    return colourless(short_name(str(ref)))


def _decisions(number: int) -> str:
    return f"{number} decision{'' if number == 1 else 's'}"
