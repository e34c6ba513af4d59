"""What `passrole drift` finds in an account as findings in SARIF, which name what they are about: it is in no file."""

from __future__ import annotations

from collections.abc import Iterator

from passrole.cli.account_drift import AccountDrift
from passrole.cli.sarif import Result
from passrole.cli.whole_comparison import whole_results


def drift_results(drift: AccountDrift) -> Iterator[Result]:
    for own in drift.own:
        current = f"{own.origin.name} {own.origin.default_version_id}"
        yield from whole_results(own.comparison, current, own.place, is_file=False)
    for one in drift.managed:
        before, after = (f"{one.policy.name} {version}" for version in (one.before, one.after))
        yield from whole_results(one.comparison, before, after, is_file=False)
    for set_up in drift.set_ups:
        place = f"set-up {set_up.label}"
        if set_up.reason is not None:
            yield Result("undecided", "warning", f"{place}: {set_up.reason}", place, is_file=False)
        for change in set_up.changes:
            text = f"{change.address}: {change.action.value}: {change.reason}"
            yield Result("set-up-drifted", "error", text, place, is_file=False)
    for gap in drift.gaps:
        yield Result("undecided", "warning", gap, "account", is_file=False)
