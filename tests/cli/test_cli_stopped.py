"""Stopped on the way: what was done is said, and the same command goes on from there."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cli.command_line import VM_IMPORT, Run, sets

from passrole.provision import apply as module


@pytest.mark.parametrize("after", [0, 1, 2])
def test_apply_that_is_interrupted_goes_on(after: int, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    real = module.call_patiently

    def interrupted(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module, "call_patiently", interrupted)
        stopped = run("apply", "vm-import", *VM_IMPORT, "--yes")
    assert stopped.code == 130
    assert "error: interrupted" in stopped.err
    assert ("done: nothing for certain" in stopped.err) is (after == 0)
    assert ("managed-policy/vm-import-user" in stopped.err.partition("caused by")[2]) is (after > 0)
    assert "run the same command again" in stopped.err
    assert run("recipes", "--output", "json").json()["set_ups"][0]["state"] == "unfinished"
    assert run("apply", "vm-import", *VM_IMPORT, "--yes").code == 0
    assert run("plan", "vm-import", "--detailed-exitcode").code == 0


def test_a_command_that_only_reads_says_no_more_than_that(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from passrole.provision import identity

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    run("plan", "vm-import", *VM_IMPORT)
    monkeypatch.setattr(identity, "identify", interrupted)
    result = run("recipes")
    assert (result.code, result.out, result.err) == (130, "", "\ninterrupted\n")


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_was_applied_is_told_when_its_verification_fails(
    form: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nobody would learn where the secret of a new access key is."""
    from passrole.cli import job
    from passrole.errors import ServiceAnsweredError

    def refuse(*_: Any) -> Any:
        raise ServiceAnsweredError("`GetRole` was refused", help="try again")

    monkeypatch.setattr(job, "rehearse_set_up", refuse)
    result = run("apply", "sms", *sets(connector_names="c1"), "--yes", "--output", form)
    assert result.code == 254
    assert "account.db.keys/c1.credentials" in result.out
    assert "the plan was applied; what failed is its verification" in result.err
    assert "error: `GetRole` was refused" in result.err
    if form == "json":
        assert result.json()["verified"] == []
        assert result.json()["applied"]["access_keys"][0]["user"] == "c1"
