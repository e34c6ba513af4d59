"""`assert_can` and `assert_cannot`: one question about the account, answered by the engine, failing with the reason."""

from __future__ import annotations

from collections.abc import Mapping

import click

from passrole.account.asking import Circumstances
from passrole.account.compiled_account import Beside
from passrole.account.snapshot_of import snapshot_of
from passrole.cli.asked import SURROUNDINGS, Said
from passrole.cli.policy_files import FileLayers
from passrole.cli.question_snapshot import explain_in_snapshot
from passrole.cli.text.remedy import remedy_lines
from passrole.engine.decision import Outcome
from passrole.engine.explanation import Explanation
from passrole.engine.reason import reason_of
from passrole.engine.request import ContextValue
from passrole.engine.stack import Layer
from passrole.provision.beside_policies import beside_of
from passrole.provision.resource_policies import resource_layers
from passrole.pytest_plugin.served import PassroleServer
from passrole.pytest_plugin.watch import Watch

_WHY_NO_POLICY = "nothing here answers for other services than IAM and STS"


class Assertion:
    """What the fixtures `assert_can` (`wanted`) and `assert_cannot` give."""

    def __init__(self, server: PassroleServer, watch: Watch, *, wanted: bool) -> None:
        self._server = server
        self._watch = watch
        self._wanted = wanted

    def __call__(
        self, role: str, action: str, resource: str, context: Mapping[str, ContextValue] | None = None
    ) -> None:
        """Whether `role` may do `action` on `resource`, by the policies of the account as it is now.

        `role` is a role's name, `role/NAME`, `user/NAME` or an ARN. Where the caller comes from and how it signed in is
        not known unless `context` says it: an answer that rests on it fails both assertions, and names the key.
        Raises AssertionError, and UsageError for what cannot be meant.
        """
        __tracebackhide__ = True
        who = role if "/" in role or ":" in role else f"role/{role}"
        said = Said(dict(context or {}), Circumstances(unknown_keys=SURROUNDINGS), FileLayers())
        read = self._read if self._server.answers_other_services else None
        snapshot = snapshot_of(self._server.store)
        explanation = explain_in_snapshot(snapshot, who, action, resource, said, _WHY_NO_POLICY, read)
        self._watch.note(explanation.decision)
        outcome = explanation.decision.outcome
        if outcome is Outcome.UNDECIDED:
            raise AssertionError(f"whether {_question(who, explanation)} is not known: {reason_of(explanation)}")
        if explanation.decision.allowed is not self._wanted:
            raise AssertionError(_failure(who, explanation))

    def _read(self, action: str, resource: str) -> tuple[Layer, Beside]:
        account_id, partition = self._server.account_id, self._server.store.partition
        layer = resource_layers(self._server, account_id, partition)(action, resource)
        return layer, beside_of(self._server, account_id, action, resource, layer)


def _failure(who: str, explanation: Explanation) -> str:
    verb = "can" if explanation.decision.allowed else "cannot"
    lines = [f"{who} {verb} {explanation.request.action} on {explanation.request.resource}: {reason_of(explanation)}"]
    if not explanation.decision.allowed:
        lines += [click.unstyle(line) for line in remedy_lines(explanation)]
    return "\n".join(lines)


def _question(who: str, explanation: Explanation) -> str:
    return f"{who} can {explanation.request.action} on {explanation.request.resource}"
