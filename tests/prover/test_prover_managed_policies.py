"""Successive versions of AWS managed policies: every answer is borne out by the engine. All of them: bench/prover.py."""

from __future__ import annotations

import random

from bench.prover import asked, contradiction, pairs

from passrole.prover.compare import Relation, compare, policy_side


def test_what_is_said_of_versions_holds_for_requests_about_them() -> None:
    generator = random.Random(5)
    relations = []
    for pair in pairs(every=60):
        comparison = compare(policy_side(pair.old), policy_side(pair.new))
        relations.append(comparison.relation)
        assert contradiction(comparison, pair, asked(pair, generator, 10)) is None, pair.name
    assert len(relations) > 50
    # AWS mostly adds.
    assert relations.count(Relation.BROADER) > len(relations) / 2
    assert relations.count(Relation.UNDECIDED) <= len(relations) / 50
