"""Two policies compared by themselves and, where their Denies differ, beside others: what diff and its kin say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from passrole.cli.comparison_json import comparison_value
from passrole.cli.comparison_sarif import comparison_results, deny_results
from passrole.cli.exit_codes import ExitCode
from passrole.cli.sarif import Result
from passrole.cli.text.comparison import comparison_lines, deny_lines
from passrole.engine.stack import AttachedPolicy
from passrole.prover.beside import denies_compared
from passrole.prover.compare import Actions, Comparison, Relation, compare, policy_side


@dataclass(frozen=True, slots=True)
class WholeComparison:
    """`denies` is how the two compare beside a policy that allows everything; None where that adds nothing."""

    itself: Comparison
    denies: Comparison | None

    @property
    def equivalent(self) -> bool:
        return self.itself.relation is Relation.EQUIVALENT and self.denies is None

    @property
    def exit_code(self) -> ExitCode:
        if self.itself.relation is Relation.UNDECIDED:
            return ExitCode.UNDECIDED
        if self.itself.relation is not Relation.EQUIVALENT:
            return ExitCode.FINDINGS
        if self.denies is None:
            return ExitCode.OK
        return ExitCode.UNDECIDED if self.denies.relation is Relation.UNDECIDED else ExitCode.FINDINGS

    def value(self) -> dict[str, object]:
        """In JSON."""
        return {**comparison_value(self.itself), "denies": comparison_value(self.denies) if self.denies else None}

    def lines(self, old: str, new: str) -> list[str]:
        lines = comparison_lines(self.itself, old, new)
        return lines if self.denies is None else [*lines, "", *deny_lines(self.denies, old, new)]

    def results(self, old: str, new: str) -> Iterator[Result]:
        """For SARIF."""
        yield from comparison_results(self.itself, old, new)
        if self.denies is not None:
            yield from deny_results(self.denies, old, new)


def compare_wholly(
    old: AttachedPolicy, new: AttachedPolicy, *, actions: Actions, steps: int, witnesses: int = 3
) -> WholeComparison:
    itself = compare(
        policy_side(old.policy, old.type, old.name),
        policy_side(new.policy, new.type, new.name),
        actions=actions,
        witnesses=witnesses,
        steps=steps,
    )
    denies = denies_compared(old, new, actions=actions, witnesses=witnesses, steps=steps)
    return WholeComparison(itself, denies if denies is not None and _adds(denies, itself) else None)


def _adds(denies: Comparison, itself: Comparison) -> bool:
    """Whether more differs beside other policies than differs by itself."""
    if denies.relation is Relation.UNDECIDED:
        return itself.relation is not Relation.UNDECIDED
    return bool((denies.gained and not itself.gained) or (denies.lost and not itself.lost))
