"""What the plugin keeps in mind over a test run: denials of the test that runs, and statements that tests used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from passrole.engine.decision import Decision
    from passrole.pytest_plugin.served import PassroleServer

MOST_SHOWN = 100


class Watch:
    """Made for every test run, also for those that use no account: it imports nothing until one is served.

    `_present` has every statement that was there, with how it reads in a line; `_used` those that decided something.
    """

    def __init__(self) -> None:
        self._server: PassroleServer | None = None
        self._test_began_at = 0
        self._looked_until = 0
        self._generation: int | None = None
        self._present: dict[str, str] = {}
        self._used: set[str] = set()
        self._let_through: dict[str, None] = {}

    def start(self, server: PassroleServer) -> None:
        self._server = server
        self._test_began_at = self._looked_until = 0
        self._generation = None

    def stop(self) -> None:
        self.look()
        self._server = None

    def begin_test(self) -> None:
        if self._server is not None:
            self._test_began_at = self._server.store.decisions.last_number()

    def denials(self) -> str:
        """What was denied since the test began, with the statements that would allow it; empty for nothing."""
        if self._server is None:
            return ""
        from passrole.pytest_plugin.denials import denials_text

        return denials_text(self._server, after=self._test_began_at)

    def look(self) -> None:
        """Take in the statements that the account has now, and those that decided the calls since the last look."""
        if self._server is None:
            return
        from passrole.account.decision_log.selection import Selection
        from passrole.pytest_plugin.denials import let_through_lines
        from passrole.pytest_plugin.statements import determining_keys, statements_in

        store = self._server.store
        generation = store.generation()
        if generation != self._generation:
            self._present |= statements_in(store)
            self._generation = generation
        calls = store.decisions.calls(Selection(), after=self._looked_until)
        self._used |= determining_keys(calls)
        self._let_through.update(dict.fromkeys(let_through_lines(self._server, calls)))
        self._looked_until = calls[-1].number if calls else self._looked_until

    def note(self, decision: Decision) -> None:
        """A decision that a test asked for without a call."""
        from passrole.pytest_plugin.statements import key_of

        self._used |= {key_of(ref) for ref in decision.determining}

    def seen(self) -> dict[str, object]:
        """As JSON values, for another process."""
        return {"present": self._present, "used": sorted(self._used), "let_through": list(self._let_through)}

    def add_seen(self, seen: Mapping[str, object]) -> None:
        present, used, let_through = seen["present"], seen["used"], seen["let_through"]
        assert isinstance(present, dict)
        assert isinstance(used, list)
        assert isinstance(let_through, list)
        self._let_through.update(dict.fromkeys(let_through))
        self._present |= present
        self._used |= set(used)

    def let_through(self) -> list[str]:
        """What was denied and carried out all the same, by --passrole=soft."""
        # What to type comes last.
        return sorted(self._let_through, key=lambda line: (line.startswith("the least policy of "), line))

    def summary(self) -> list[str]:
        if not self._present:
            return []
        unused = _unused(self._present, self._used)
        lines = unused[:MOST_SHOWN]
        if len(unused) > MOST_SHOWN:
            lines.append(f"and {len(unused) - MOST_SHOWN} more")
        count = len(self._present)
        if not unused:
            return [f"none: tests used {'the only statement' if count == 1 else f'all {count} statements'}"]
        return [*lines, f"{len(unused)} of {count} statement{'' if count == 1 else 's'}"]


def _unused(present: Mapping[str, str], used: Iterable[str]) -> list[str]:
    kept = set(used)
    return sorted(line for key, line in present.items() if key not in kept)
