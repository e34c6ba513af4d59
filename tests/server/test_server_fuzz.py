"""A bounded run of tests/long/fuzz_wire.py: broken requests get AWS's errors, never a 500."""

from __future__ import annotations

from tests.long.fuzz_wire import run


def test_no_request_makes_a_fault():
    seen = run(1500, seed=20261123, report=False)
    assert seen is not None
    # Not all of them are stopped at the door, and not all come through.
    assert seen["200"] > 50
    assert seen["403"] > 50
    assert seen["400"] > 300
