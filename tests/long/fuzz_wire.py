"""The long run over the wire layer: no request, however broken, makes the gate raise or answer with a 500.

    python -m tests.long.fuzz_wire 1000000            a million random requests
    python -m tests.long.fuzz_wire 1000 --seed 7      other ones

Stops at the first request that is not answered as AWS would, and prints it. Exit code 0 only if there was none.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.long.wire_requests import POLICY, TRUST, Key, WireRequests, as_text

from passrole.account.store import AccountStore
from passrole.server.embedded import Credentials, EmbeddedAccount
from passrole.server.gate import Gate
from passrole.server.message import HttpResponse

REPORT_EVERY_SECONDS = 60
REQUESTS_TO_AN_ACCOUNT = 1000
"""Some take away what the others need: every so often an account is begun anew."""
STATUSES = frozenset({200, 400, 401, 403, 404, 409, 410, 413, 501})


@contextmanager
def fuzzed_account(folder: Path) -> Iterator[tuple[Gate, list[Key]]]:
    """An account with something of every kind, and keys: an administrator's, a user's, a session's, unknown ones."""
    import json

    store = AccountStore.open(folder / "account.db", account_id="111122223333")
    administrator = store.administrator()
    gate = Gate(store)
    with EmbeddedAccount(
        store, gate, Credentials(administrator.access_key_id, administrator.secret), "us-east-1"
    ) as account:
        iam, sts = account.client("iam"), account.client("sts")
        iam.create_user(UserName="u")
        iam.create_group(GroupName="g")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(POLICY))
        iam.create_instance_profile(InstanceProfileName="i")
        iam.create_virtual_mfa_device(VirtualMFADeviceName="m")
        user = iam.create_access_key(UserName="u")["AccessKey"]
        session = sts.assume_role(RoleArn=role, RoleSessionName="s1")["Credentials"]
        keys = [
            *[Key(administrator.access_key_id, administrator.secret)] * 6,
            Key(user["AccessKeyId"], user["SecretAccessKey"]),
            Key(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]),
            Key(session["AccessKeyId"], session["SecretAccessKey"], "wrong"),
            Key(administrator.access_key_id, "wrong"),
            Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI"),
        ]
        yield gate, keys


def fault_of(response: HttpResponse) -> str | None:
    """What is wrong with an answer, in words."""
    if response.status not in STATUSES:
        return f"status {response.status}"
    if b"Traceback" in response.body or b"ServiceFailure" in response.body:
        return "the answer tells of a fault"
    content_type = dict(response.headers)["Content-Type"]
    if content_type == "text/xml":
        try:
            ElementTree.fromstring(response.body)
        except ElementTree.ParseError as error:
            return f"the answer is no XML: {error}"
    return None


def run(count: int, seed: int, *, first: int = 0, report: bool = True) -> Counter[str] | None:
    """How often each status came; None after a fault, which is printed. The account is new for every thousand."""
    seen: Counter[str] = Counter()
    started = reported = time.monotonic()
    for chunk in range(first, first + count, REQUESTS_TO_AN_ACCOUNT):
        numbers = range(chunk, min(chunk + REQUESTS_TO_AN_ACCOUNT, first + count))
        fault = _run_on_new_account(numbers, seed, seen)
        if fault is not None:
            print(f"seed {seed}, {fault}")
            return None
        if report and time.monotonic() - reported > REPORT_EVERY_SECONDS:
            reported = time.monotonic()
            print(f"{seen.total():,} answered after {reported - started:.0f} s: {dict(seen)}", flush=True)
    return seen


def _run_on_new_account(numbers: range, seed: int, seen: Counter[str]) -> str | None:
    """The first fault in words, with its request."""
    with tempfile.TemporaryDirectory(prefix="fuzz-wire") as folder, fuzzed_account(Path(folder)) as (gate, keys):
        for number in numbers:
            now = datetime.now(UTC)
            request = WireRequests(seed * 1_000_003 + number, keys).request(now)
            try:
                response = gate.answer_in_process(request, now)
                fault = fault_of(response)
            except Exception:
                fault = traceback.format_exc()
            if fault is not None:
                return f"request {number}: {fault}\n{as_text(request)}"
            seen[str(response.status)] += 1
    return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.long.fuzz_wire", description="no request makes a fault")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, metavar="REQUEST", help="the number of the first request")
    asked = parser.parse_args()
    logging.disable(logging.ERROR)
    started = time.monotonic()
    seen = run(max(1, asked.count), asked.seed, first=asked.first)
    if seen is None:
        return 1
    print(f"{seen.total():,} requests, no fault: {seen.total() / (time.monotonic() - started):,.0f} a second")
    for status, number in sorted(seen.items()):
        print(f"  {status} {number:>12,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
