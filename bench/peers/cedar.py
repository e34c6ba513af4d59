"""Times cedarpy on a translated policy set: python cedar.py FOLDER QUESTIONS (text | prepared)

FOLDER is where pip installed the package, QUESTIONS a JSON file as engine_peers.py writes it, with the translation in
it. `text` hands the policies over with every call, `prepared` as a policy set that was parsed before. One JSON object
on standard output: the answers (true for allowed) and the microseconds of CPU time that each question took.
"""

from __future__ import annotations

import json
import sys
import time

folder, questions_file, way = sys.argv[1:4]
sys.path[0:1] = [folder]

import cedarpy  # noqa: E402

with open(questions_file, encoding="utf-8") as file:
    given = json.load(file)

policies = given["cedar"]
entities = "[]"
if way == "prepared":
    policies = cedarpy.PolicySet.from_str(policies)
    entities = cedarpy.Entities.from_json_str(entities)


def ask(question: dict) -> bool:
    result = cedarpy.is_authorized(
        {
            "principal": 'Role::"caller"',
            "action": 'Action::"call"',
            "resource": 'Resource::"it"',
            "context": question["cedar_context"],
        },
        policies,
        entities,
    )
    if result.diagnostics.errors:
        raise SystemExit(f"the translation is wrong: {result.diagnostics.errors[:2]}")
    return bool(result.allowed)


ask(given["questions"][0])
answers = []
started = time.process_time()
for question in given["questions"]:
    answers.append(ask(question))
    if time.process_time() - started > given["budget_seconds"]:
        break
spent = time.process_time() - started
print(json.dumps({"answers": answers, "microseconds": spent / len(answers) * 1e6}))
