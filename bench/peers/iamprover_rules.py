"""iamprover on rules `cannot ACTION RESOURCE`: a program of its own, run with the folder it is installed in."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from iamprover.engine.solver import check_invariant
from iamprover.invariants import Invariant
from iamprover.model import Account, Principal
from iamprover.parsers.iam import parse_policy_document

answers = []
for question in json.loads(Path(sys.argv[2]).read_text()):
    start = time.process_time()
    policy = parse_policy_document("policy", question["policy"])
    account = Account([Principal("arn:aws:iam::111122223333:user/ana", [policy])])
    rule = Invariant("rule", "", [question["action"]], [question["resource"]])
    try:
        proven = check_invariant(account, rule).passed
    except Exception as error:
        print(error, file=sys.stderr)
        proven = None
    answers.append({"proven": proven, "milliseconds": (time.process_time() - start) * 1000})
print(json.dumps(answers))
