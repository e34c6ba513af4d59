"""A short piece of the prover's long run, and that it finds a fault."""

from __future__ import annotations

import pytest
from tests.long import fuzz_prover

from passrole.prover import key_texts


def test_a_short_run_agrees() -> None:
    assert fuzz_prover.run(count=36, seed=1, first=0, requests_to_a_pair=60)


def test_a_fault_is_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # As if no text lay between those that the policies spell.
    monkeypatch.setattr(key_texts, "_fresh", lambda taken: next(iter(taken), ""))
    assert not fuzz_prover.run(count=600, seed=1, first=0)
    assert "but " in capsys.readouterr().out
