"""The prover on every successive pair of versions of all AWS managed policies, and beside other provers.

    python bench/prover.py                          times, relations, what stays undecided
    python bench/prover.py --random 100             and 100 random requests to each pair, asked of the engine
    python bench/prover.py --memory --every 24      what stays in memory of a pair, and nothing else
    python bench/prover.py --peers                  and iamprover and plain z3, installed into a temporary folder
    python bench/prover.py --every 20               every twentieth policy only

Times are milliseconds of one core on a machine that does nothing else, of whole answers (both ways, taking the
documents apart included, reading the JSON not). A pair whose witness the engine does not confirm, or that a random
request contradicts, is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from passrole.catalog.actions import resource_types_of
from passrole.catalog.managed_policies import list_managed_policies
from passrole.engine.evaluate import evaluate
from passrole.engine.request import ContextValue, Request
from passrole.policy.model import Effect, Policy
from passrole.policy.parse import PolicySyntaxError, parse_policy
from passrole.policy.printing import policy_to_value
from passrole.prover.actions import listed_name
from passrole.prover.compare import Actions, Comparison, Relation, compare, policy_side
from passrole.prover.key_kinds import holds, holds_several
from passrole.prover.key_texts import fits
from passrole.prover.prove import Limits, Verdict, cannot
from passrole.prover.resource_types import ANY_ARN
from passrole.prover.witness import USER

HERE = Path(__file__).parent / "peers"
BUDGETS = {"median": 1.0, "99 %": 50.0, "all": 60_000.0}


@dataclass(frozen=True, slots=True)
class Pair:
    name: str
    old: Policy
    new: Policy


def pairs(every: int) -> Iterator[Pair]:
    for policy in list_managed_policies(include_deprecated=True)[::every]:
        try:
            versions = [(each.version_id, parse_policy(each.document)) for each in policy.versions]
        except PolicySyntaxError as error:
            print(f"{policy.name} cannot be read: {error}")
            continue
        for (old_id, old), (new_id, new) in pairwise(versions):
            yield Pair(f"{policy.name} {old_id} {new_id}", old, new)


def asked(pair: Pair, generator: random.Random, count: int) -> Iterator[Request]:
    """Requests that the words of the two policies suggest."""
    statements = [*pair.old.statements, *pair.new.statements]
    keys = {condition.key: condition.values for each in statements for condition in each.conditions}
    for _ in range(count):
        statement = generator.choice(statements)
        action = generator.choice(statement.actions.patterns).text.replace("*", generator.choice(("", "x", "List")))
        resources = statement.resources.patterns if statement.resources else ()
        resource = generator.choice(resources).text if resources else "*"
        if resource != "*" or generator.random() < 0.3:
            for word in ("x", "us-east-1", "111122223333"):
                resource = resource.replace("*", word, generator.choice((1, 2)))
            resource = resource.replace("*", "y").replace("${aws:PrincipalAccount}", "111122223333")
        context: dict[str, ContextValue] = {}
        for key, values in keys.items():
            if generator.random() < 0.7:
                value = generator.choice(values).text.replace("*", "x") if generator.random() < 0.8 else "other"
                if fits(value, holds(key.lower())):
                    context[key] = (value,) if holds_several(key.lower()) else value
        absent = frozenset(keys) - set(context)
        if not set("*?") & set(action) and ANY_ARN.takes(resource):
            yield Request(USER, action, resource, context=context, absent_keys=absent)


def contradiction(comparison: Comparison, pair: Pair, requests: Iterator[Request]) -> str | None:
    """In words, a request about which the engine does not bear the comparison out."""
    if any("does not confirm" in reason for reason in comparison.undecided_because):
        return comparison.undecided_because[0]
    if any(one.old.allowed is one.new.allowed for one in (*comparison.gained, *comparison.lost)):
        return "a witness that is none"
    old, new = policy_side(pair.old).stack, policy_side(pair.new).stack
    for request in requests:
        before, after = evaluate(request, old), evaluate(request, new)
        if comparison.relation is Relation.UNDECIDED or before.undecided_because or after.undecided_because:
            continue
        if after.allowed and not before.allowed and not comparison.gained and not comparison.assumptions:
            return f"the new one allows {request}"
        if before.allowed and not after.allowed and not comparison.lost and not comparison.assumptions:
            return f"the old one allows {request}"
    return None


def run_pairs(every: int, requests: int, actions: Actions) -> bool:
    generator = random.Random(1)
    times: list[float] = []
    relations: Counter[str] = Counter()
    slowest: list[tuple[float, str]] = []
    sound = True
    for pair in pairs(every):
        start = time.process_time()
        comparison = compare(policy_side(pair.old), policy_side(pair.new), actions=actions)
        taken = (time.process_time() - start) * 1000
        times.append(taken)
        slowest = sorted([*slowest, (taken, pair.name)], reverse=True)[:5]
        relations[f"{comparison.relation.value}, {comparison.certainty.value}"] += 1
        if comparison.relation is Relation.UNDECIDED:
            print(f"undecided: {pair.name}: {comparison.undecided_because[0][:150]}")
        found = contradiction(comparison, pair, asked(pair, generator, requests))
        if found is not None:
            sound = False
            print(f"CONTRADICTED: {pair.name}: {comparison.relation.value}, but {found}")
    times.sort()
    figures = {"median": times[len(times) // 2], "99 %": times[int(len(times) * 0.99)], "all": sum(times)}
    print(f"\n{len(times)} pairs over {actions.value} actions; {requests} random requests to each")
    for name, value in figures.items():
        print(f"  {name:>7} {value:12,.2f} ms   budget {BUDGETS[name] / (1 if name != 'all' else every):,.0f} ms")
    for name, count in relations.most_common():
        print(f"  {count:6} {name}")
    print("  slowest:", "; ".join(f"{name} {taken:,.0f} ms" for taken, name in slowest))
    return sound


def run_memory(every: int) -> None:
    """What stays in memory of each pair once it was compared, the documents themselves not counted."""
    kept: list[float] = []
    tracemalloc.start()
    for pair in list(pairs(every)):
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        compare(policy_side(pair.old), policy_side(pair.new))
        gc.collect()
        kept.append((tracemalloc.get_traced_memory()[0] - before) / 1000)
    kept.sort()
    print(f"{len(kept)} pairs, kept in memory: median {_median(kept):.0f} kB,", end=" ")
    print(f"99 % {kept[int(len(kept) * 0.99)]:.0f} kB, all {sum(kept) / 1000:.1f} MB")


# --- beside others ---


def rules_of(policy: Policy) -> list[tuple[str, str]]:
    """Actions that its first Allow statements name: rules that no look at the words alone decides."""
    found = [each.actions for each in policy.statements if each.effect is Effect.ALLOW and not each.actions.negated]
    return [(actions.patterns[0].text.replace("*", "x"), "*") for actions in found[:3]]


def _statement(**elements: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **elements}


TRAPS: tuple[tuple[str, list[dict[str, object]], bool], ...] = (
    ("an Allow, nothing else", [_statement()], False),
    ("a Deny of the action", [_statement(), _statement(Effect="Deny")], True),
    (
        "a Deny whose key a request can lack (Bool)",
        [
            _statement(Condition={"Bool": {"aws:SecureTransport": "true"}}, Effect="Deny"),
            _statement(Condition={"Null": {"aws:SecureTransport": "true"}}),
        ],
        False,
    ),
    (
        "Deny if MFA is false or true: absent without MFA",
        [
            _statement(),
            _statement(Effect="Deny", Condition={"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}),
        ],
        False,
    ),
    (
        "Deny StringEquals and StringNotEquals: together every request",
        [
            _statement(),
            _statement(Effect="Deny", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a"}}),
            _statement(Effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-a"}}),
        ],
        True,
    ),
    (
        "a Deny of every value of a key: a request without the key is allowed",
        [_statement(), _statement(Effect="Deny", Condition={"StringLike": {"aws:PrincipalTag/team": "*"}})],
        False,
    ),
    (
        "a Deny of all IPv4 addresses: one of IPv6 is allowed",
        [_statement(), _statement(Effect="Deny", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})],
        False,
    ),
    (
        "numbers as text",
        [
            _statement(),
            _statement(Effect="Deny", Condition={"NumericLessThan": {"s3:max-keys": "10"}}),
            _statement(Effect="Deny", Condition={"NumericGreaterThanEqualsIfExists": {"s3:max-keys": "10.0"}}),
        ],
        True,
    ),
    (
        "ForAllValues holds without the key",
        [_statement(Condition={"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "true"}})],
        False,
    ),
    (
        "no value is both",
        [
            _statement(
                Condition={"StringEquals": {"aws:PrincipalOrgID": "a"}, "StringLike": {"aws:PrincipalOrgID": "b*"}}
            )
        ],
        True,
    ),
    (
        "no number is both",
        [_statement(Condition={"NumericLessThan": {"s3:max-keys": "5"}, "NumericGreaterThan": {"s3:max-keys": "9"}})],
        True,
    ),
)
"""A policy, and whether it is true that it can never do s3:GetObject; settled by AWS's pages on each operator."""


def questions(every: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for policy in list_managed_policies()[:: max(every, 10)]:
        parsed = parse_policy(policy.default_version.document)
        for action, resource in rules_of(parsed):
            found.append(
                {"policy": policy_to_value(parsed), "action": action, "resource": resource, "name": policy.name}
            )
    for name, statements, _ in TRAPS:
        document = {"Version": "2012-10-17", "Statement": statements}
        found.append({"policy": document, "action": "s3:GetObject", "resource": "*", "name": name})
    return found


def run_peers(every: int) -> None:
    asked_of_all = questions(every)
    ours, verdicts = _own_answers(asked_of_all)
    print(f"\n{len(asked_of_all)} rules `cannot ACTION RESOURCE`, {len(TRAPS)} of them on hard cases")
    print(f"  passrole      median {_median(ours):8.2f} ms")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.json"
        path.write_text(json.dumps(asked_of_all))
        install = (sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "iamprover==0.7.1")
        if subprocess.run(install, check=False, capture_output=True).returncode:
            print("  iamprover cannot be installed here")
            return
        for script in ("iamprover_rules.py", "z3_rules.py"):
            answers = _answers_of(script, folder, path)
            if answers is None:
                continue
            asked_times = [each["milliseconds"] for each in answers if each["proven"] is not None]
            times = _median(asked_times)
            print(f"  {script.partition('_')[0]:12}  median {times:8.2f} ms, {times / _median(ours):.0f} times")
            _tell_differences(script.partition("_")[0], asked_of_all, answers, verdicts)


def _own_answers(asked_of_all: Sequence[dict[str, object]]) -> tuple[list[float], list[Verdict]]:
    times, verdicts = [], []
    # The catalogue's data of these services is read beforehand, as the other provers' modules are imported. No question
    # is asked twice: what was found out about its words would be remembered.
    for each in asked_of_all:
        for statement in parse_policy(json.dumps(each["policy"])).statements:
            for service in {value.text.partition(":")[0].lower() for value in statement.actions.patterns}:
                listed_name(f"{service}:x")
                resource_types_of(service)
                holds(f"{service}:x")
    elsewhere = parse_policy(json.dumps({"Statement": _statement(Action="sqs:ListQueues")}))
    cannot(policy_side(elsewhere), ["sqs:ListQueues"], ["*"])
    for each in asked_of_all:
        policy = parse_policy(json.dumps(each["policy"]))
        start = time.process_time()
        # One request as witness, as the others give.
        proof = cannot(policy_side(policy), [str(each["action"])], [str(each["resource"])], Limits(witnesses=1))
        times.append((time.process_time() - start) * 1000)
        verdicts.append(proof.verdict)
    return times, verdicts


def _answers_of(script: str, folder: str, path: Path) -> list[dict[str, object]] | None:
    command = (sys.executable, str(HERE / script), folder, str(path))
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"  {script}: {done.stderr.strip().splitlines()[-1:]}")
        return None
    answers: list[dict[str, object]] = json.loads(done.stdout)
    return answers


def _tell_differences(
    name: str,
    asked_of_all: Sequence[dict[str, object]],
    answers: Sequence[dict[str, object]],
    verdicts: Sequence[Verdict],
) -> None:
    right = {trap: answer for trap, _, answer in TRAPS}
    wrong: Counter[str] = Counter()
    for question, answer, verdict in zip(asked_of_all, answers, verdicts, strict=True):
        proven, trap = answer["proven"], str(question["name"])
        if proven is None:
            wrong["no answer"] += 1
        elif trap in right and proven is not right[trap]:
            print(f"    {name} says {'proven' if proven else 'broken'}: {trap}")
        elif trap not in right and verdict is not Verdict.UNDECIDED and proven is not (verdict is Verdict.PROVEN):
            # A broken rule has a request that the engine allows, so the one who says proven is wrong.
            wrong["proven, though a request is allowed" if proven else "broken, though no request is allowed"] += 1
    for trap, answer in right.items():
        place = next(number for number, each in enumerate(asked_of_all) if each["name"] == trap)
        if (verdicts[place] is Verdict.PROVEN) is not answer:
            print(f"    passrole says {verdicts[place].value}: {trap}")
    for text, count in wrong.items():
        print(f"    {name}: {count} times {text}")


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--random", type=int, default=0, metavar="COUNT")
    parser.add_argument("--actions", choices=[each.value for each in Actions], default=Actions.KNOWN.value)
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--only-peers", action="store_true")
    arguments = parser.parse_args()
    if arguments.memory:
        run_memory(arguments.every)
        return 0
    sound = arguments.only_peers or run_pairs(arguments.every, arguments.random, Actions(arguments.actions))
    if arguments.peers or arguments.only_peers:
        run_peers(arguments.every)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
