"""What questions about a whole account cost: each job in a process of its own, so that nothing is warm by chance.

    python bench/account_jobs.py JOB

One JSON object on standard output: CPU seconds (for p50s, seconds of the wall clock) by the name of what was measured.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from account_workload import BUCKET, HELD, WIDE, account
from engine_workload import ACCOUNT, MANAGED, draw_small, small

CALLERS = 60
WARM_ROUNDS = 100
REQUESTS = 4_000
CONTEXT = {"aws:RequestedRegion": "us-east-1", "aws:SecureTransport": "true"}


def store() -> dict[str, float]:
    """From a caller and a resource through an embedded account's rows to a decision, as the server does it."""
    from passrole.account.authorization import decide
    from passrole.account.callers import Caller
    from passrole.account.operation import Ask
    from passrole.account.stack_cache import StackCache
    from passrole.account.store import AccountStore

    dice = random.Random(4)
    with tempfile.TemporaryDirectory() as folder:
        opened = AccountStore.open(Path(folder) / "account.db")
        callers: list[Caller] = [_user(opened, number) for number in range(CALLERS)]
        stacks = StackCache()
        first, warm = [], []
        with opened.reading() as connection:
            for caller in callers:
                ctx = opened.context(connection, caller, request_context=CONTEXT)
                ask = Ask("s3:GetObject", f"{BUCKET}/{dice.getrandbits(64):x}")
                started = time.perf_counter()
                decide(ctx, ask, stacks)
                first.append(time.perf_counter() - started)
            asks = []
            for _ in range(REQUESTS):
                number = dice.randrange(CALLERS)
                action, resource, context = draw_small(dice, number, small(number))
                ctx = opened.context(connection, callers[number], request_context={**CONTEXT, **context})
                asks.append((ctx, Ask(action, resource)))
            for _ in range(2):
                warm = []
                for ctx, ask in asks:
                    started = time.perf_counter()
                    decide(ctx, ask, stacks)
                    warm.append(time.perf_counter() - started)
        opened.close()
    return {"warm": statistics.median(warm), "never seen": statistics.median(first), "first of all": first[0]}


def _user(opened, number: int):
    """A user with five managed policies and three inline ones, and who calls with its key."""
    from passrole.account.callers import find_credential
    from passrole.account.dispatch import carry_out, find_operation
    from passrole.account.stack_cache import StackCache

    name, dice = f"app-{number:04}", random.Random(number)
    (own,) = next(iter(small(number).documents.values()))
    key = opened.administrator().access_key_id
    with opened.writing() as connection:
        ctx = opened.context(connection, find_credential(connection, key).caller)

        def call(operation: str, **params: object) -> dict:
            return carry_out(ctx, find_operation("iam", operation), params, StackCache())

        call("CreateUser", UserName=name)
        for policy, document in own:
            call("PutUserPolicy", UserName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
        for arn in dice.sample(_ATTACHABLE, HELD):
            call("AttachUserPolicy", UserName=name, PolicyArn=arn)
        made = call("CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"]
    with opened.reading() as connection:
        return find_credential(connection, made).caller


_ATTACHABLE = [f"arn:aws:iam::aws:policy/{name}" for name in (*MANAGED, *WIDE)]


def compile_all() -> dict[str, float]:
    """The default documents of all of AWS's managed policies, from their texts to statements that are ready.

    Without garbage collection, as passrole does it itself for the policies of a whole account.
    """
    from passrole.account.uncollected import collector_paused
    from passrole.catalog.managed_policies import list_managed_policies
    from passrole.engine.fast.policy import fast_policy
    from passrole.policy.parse import parse_policy

    started = time.process_time()
    texts = [policy.default_version.document for policy in list_managed_policies()]
    read = time.process_time()
    with collector_paused():
        for text in texts:
            compiled = fast_policy(parse_policy(text))
            assert compiled is not None
            compiled.prepare_all()
    done = time.process_time()
    return {"policies": len(texts), "read": read - started, "compile": done - read}


def who_can() -> dict[str, float]:
    """Of a thousand roles and the root user, who may do one thing."""
    from passrole.account.access import who_can as ask_all

    snapshot = account()

    def seconds(action: str, resource: str) -> float:
        started = time.process_time()
        answers = ask_all(snapshot, action, resource, context=CONTEXT)
        spent = time.process_time() - started
        assert len(answers) == 1 + len(snapshot.roles)
        return spent

    from_texts = seconds("s3:GetObject", f"{BUCKET}/first")
    arn = f"arn:aws:{{}}:us-east-1:{ACCOUNT}:{{}}"
    others = [
        ("dynamodb:GetItem", arn.format("dynamodb", "table/app-0001")),
        ("sqs:SendMessage", arn.format("sqs", "app-0001-jobs")),
        ("logs:PutLogEvents", arn.format("logs", "log-group:/app/0001:log-stream:x")),
        ("secretsmanager:GetSecretValue", arn.format("secretsmanager", "secret:app/0001/x")),
        ("ec2:DescribeInstances", "*"),
    ]
    new = [seconds(action, resource) for action, resource in others]
    warm = [seconds("s3:GetObject", f"{BUCKET}/{number}") for number in range(WARM_ROUNDS)]
    return {"from texts": from_texts, "new action": statistics.median(new), "warm": statistics.median(warm)}


def matrix() -> dict[str, float]:
    """A thousand roles against every action that AWS publishes, from texts."""
    from passrole.account.action_matrix import action_matrix

    snapshot = account()
    started = time.process_time()
    found = action_matrix(snapshot)
    spent = time.process_time() - started
    return {"seconds": spent, "actions": len(found.actions.actions), "principals": len(found.principals)}


def explanation() -> dict[str, float]:
    """What a decision loads and does for an explanation that nobody asks for, and what one costs."""
    from engine_workload import workload

    from passrole.engine.fast.compiled_stack import compile_stack

    work = workload("typical", requests=500, principals=1)
    stack = compile_stack(work.subjects[0].stack)
    denied = [request for request in work.requests if not stack.decide(request).allowed]
    loaded = sum(name in sys.modules for name in ("passrole.engine.explain", "passrole.engine.explanation"))

    from passrole.engine.explain import explain

    explain(denied[0], work.subjects[0].stack)
    started = time.process_time()
    for request in denied[:100]:
        explain(request, work.subjects[0].stack)
    return {"modules before": loaded, "asked": (time.process_time() - started) / 100}


JOBS: dict[str, Callable[[], dict[str, float]]] = {
    "store": store,
    "compile": compile_all,
    "who-can": who_can,
    "matrix": matrix,
    "explanation": explanation,
}

if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]]()))
