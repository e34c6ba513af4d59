"""The long run over the wire layer: no request, however broken, makes the gate raise or answer with a 500.

    python -m tests.long.fuzz_wire 1000000            a million random requests
    python -m tests.long.fuzz_wire 1000 --seed 7      other ones

Several hundred a second of CPU; TMPDIR=/dev/shm spares the disk.

Stops at the first request that is not answered as AWS would, and prints it. Exit code 0 only if there was none.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

from tests.long.wire_requests import PASSWORD, POLICY, TRUST, Key, WireRequests, as_text

from passrole.account.store import AccountStore
from passrole.server.embedded import Credentials, EmbeddedAccount
from passrole.server.gate import Gate
from passrole.server.message import HttpResponse

REPORT_EVERY_SECONDS = 60
REQUESTS_TO_AN_ACCOUNT = 500
"""Some take away what the others need: every so often an account is begun anew."""
STATUSES = frozenset({200, 400, 401, 403, 404, 409, 410, 413, 501})


def make_account(file: Path) -> list[Key]:
    """An account with something of every kind, and keys: an administrator's, others' with less, unknown ones."""
    store = AccountStore.open(file, account_id="111122223333")
    administrator = store.administrator()
    root = EmbeddedAccount(
        store, Gate(store), Credentials(administrator.access_key_id, administrator.secret), "us-east-1"
    )
    with root as account:
        iam, sts = account.client("iam"), account.client("sts")
        iam.create_group(GroupName="g")
        iam.create_user(UserName="u")
        iam.attach_user_policy(UserName="u", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary="arn:aws:iam::aws:policy/IAMFullAccess")
        iam.create_user(UserName="powerless")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
        iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(POLICY))
        iam.create_instance_profile(InstanceProfileName="i")
        iam.create_virtual_mfa_device(VirtualMFADeviceName="m")
        # What hangs together is not deleted by the first call that asks for it.
        policy = "arn:aws:iam::111122223333:policy/p"
        iam.add_user_to_group(GroupName="g", UserName="u")
        iam.add_role_to_instance_profile(InstanceProfileName="i", RoleName="r")
        for kind, name in (("user", "u"), ("role", "r"), ("group", "g")):
            parameters = {f"{kind.title()}Name": name}
            getattr(iam, f"attach_{kind}_policy")(**parameters, PolicyArn=policy)
            getattr(iam, f"put_{kind}_policy")(**parameters, PolicyName="p", PolicyDocument=json.dumps(POLICY))
        iam.create_login_profile(UserName="u", Password=PASSWORD)
        iam.create_account_alias(AccountAlias="an-alias")
        users = [iam.create_access_key(UserName=name)["AccessKey"] for name in ("u", "powerless")]
        tags = {"Tags": [{"Key": "team", "Value": "a"}], "TransitiveTagKeys": ["team"], "Policy": json.dumps(POLICY)}
        session, tagged = (
            sts.assume_role(RoleArn=role, RoleSessionName="s1", **more)["Credentials"] for more in ({}, tags)
        )
        federated = sts.get_federation_token(Name="fed", PolicyArns=[{"arn": "arn:aws:iam::aws:policy/IAMFullAccess"}])
        temporary = [session, tagged, federated["Credentials"], sts.get_session_token()["Credentials"]]
    return [
        *[Key(administrator.access_key_id, administrator.secret)] * 20,
        *(Key(user["AccessKeyId"], user["SecretAccessKey"]) for user in users),
        *(Key(one["AccessKeyId"], one["SecretAccessKey"], one["SessionToken"]) for one in temporary),
        Key(session["AccessKeyId"], session["SecretAccessKey"], "wrong"),
        Key(administrator.access_key_id, "wrong"),
        Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI"),
    ]


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
    """How often each status came; None after a fault, which is printed."""
    seen: Counter[str] = Counter()
    started = reported = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-wire") as name:
        folder = Path(name)
        keys = make_account(folder / "template.db")
        for chunk in range(first, first + count, REQUESTS_TO_AN_ACCOUNT):
            numbers = range(chunk, min(chunk + REQUESTS_TO_AN_ACCOUNT, first + count))
            file = folder / str(chunk) / "account.db"
            file.parent.mkdir()
            shutil.copy(folder / "template.db", file)
            fault = _run_on_account(file, keys, numbers, seed, seen)
            shutil.rmtree(file.parent)
            if fault is not None:
                print(f"seed {seed}, {fault}")
                return None
            if report and time.monotonic() - reported > REPORT_EVERY_SECONDS:
                reported = time.monotonic()
                print(
                    f"{seen.total():,} answered after {reported - started:.0f} s, {time.process_time():.0f} s of CPU: "
                    f"{dict(sorted(seen.items()))}",
                    flush=True,
                )
    return seen


def _run_on_account(file: Path, keys: list[Key], numbers: range, seed: int, seen: Counter[str]) -> str | None:
    """The first fault in words, with its request."""
    with closing(AccountStore.open(file)) as store:
        gate = Gate(store)
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
    print(
        f"{seen.total():,} requests, no fault: {seen.total() / (time.monotonic() - started):,.0f} a second, "
        f"{seen.total() / time.process_time():,.0f} a second of CPU"
    )
    for status, number in sorted(seen.items()):
        print(f"  {status} {number:>12,}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
