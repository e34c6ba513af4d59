"""iamprover on rules `cannot ACTION RESOURCE`: a program of its own, run with the folder it is installed in."""

from __future__ import annotations

import sys
from typing import Any

sys.path.insert(0, sys.argv[1])

from each_apart import answer_all
from iamprover.engine.solver import check_invariant
from iamprover.invariants import Invariant
from iamprover.model import Account, Principal
from iamprover.parsers.iam import parse_policy_document


def answer(question: dict[str, Any]) -> bool:
    policy = parse_policy_document("policy", question["policy"])
    account = Account([Principal("arn:aws:iam::111122223333:user/ana", [policy])])
    rule = Invariant("rule", "", [question["action"]], [question["resource"]])
    return bool(check_invariant(account, rule).passed)


answer_all(sys.argv[2], answer)
