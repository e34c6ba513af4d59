"""Times PrincipalMapper: python principalmapper.py FOLDER QUESTIONS

FOLDER is where pip installed the package, QUESTIONS a JSON file as engine_peers.py writes it. One JSON object on
standard output: the answers (true for allowed) and the microseconds of CPU time that each question took.
"""

from __future__ import annotations

import collections
import collections.abc
import json
import sys
import time

folder, questions_file = sys.argv[1:3]
sys.path[0:1] = [folder]
# The last release is older than Python 3.10, which took these names away.
for name in ("Mapping", "MutableMapping"):
    setattr(collections, name, getattr(collections.abc, name))

from principalmapper.common import Node, Policy  # noqa: E402
from principalmapper.querying.query_interface import (  # noqa: E402
    local_check_authorization_full,
)

with open(questions_file, encoding="utf-8") as file:
    given = json.load(file)


def policies(named: list[list]) -> list[Policy]:
    return [Policy(f"arn:aws:iam::{given['account']}:policy/{name}", name, document) for name, document in named]


documents = given["documents"]
boundary = policies(documents["boundary"])[0] if documents["boundary"] is not None else None
node = Node(
    given["role"], "AROAEXAMPLE", policies(documents["identity"]), [], {}, [], 0, False, False, boundary, False, {}
)
levels = [policies(level) for level in documents["scps"]] or None


def ask(question: dict) -> bool:
    return bool(
        local_check_authorization_full(
            node, question["action"], question["resource"], question["context"], None, None, levels
        )
    )


ask(given["questions"][0])
answers = []
started = time.process_time()
for question in given["questions"]:
    answers.append(ask(question))
    if time.process_time() - started > given["budget_seconds"]:
        break
spent = time.process_time() - started
print(json.dumps({"answers": answers, "microseconds": spent / len(answers) * 1e6}))
