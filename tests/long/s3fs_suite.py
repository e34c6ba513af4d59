"""The integration tests of s3fs, which were written for moto's server, through `passrole serve`.

    python -m tests.long.s3fs_suite FOLDER STEP [pytest's arguments]

The steps, in their order:

    moto        the tests as they are published, with moto's server
    admin       through `passrole serve`, as a role that may do everything; then `passrole tighten` of what it did
    learn       as a role that may do nothing, and gets one after the other what the messages of failing tests name
    learned     as a role that has from its beginning what `learn` found
    needed      less one action of `learned`, for each: the test that had lacked it first must fail again
    tightened   as a role that has the policy of `passrole tighten`

s3fs and moto are installed from PyPI into FOLDER, and policies are kept there. docs/from-localstack-or-moto.md does the
same by hand.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.long.emulator_account import PORT, EmulatorAccount
from tests.long.s3fs_installed import Outcome, Suite

ROLE = "tests"
# Calls AWS past the endpoint that all others name, where the environment names none.
NOT_LOCAL = "--deselect=s3fs/tests/test_s3fs.py::test_async_close"
# Passes only after another test, with moto as well: `--stepwise` would stop there.
NOT_ALONE = "--deselect=s3fs/tests/test_s3fs.py::test_list_del_multipart"
# Expects that a copy has the ACL of its bucket; at AWS it is private.
NOT_AT_AWS = "--deselect=s3fs/tests/test_s3fs.py::test_xattr"
LEARNED = "learned.json"
_DENIED = re.compile(r'is not authorized to perform: (\S+) on resource: "?([^\s"]+)"? because no')
Statement = dict[str, object]


@dataclass(frozen=True, slots=True)
class Lack:
    """A permission, who told that it lacked, and the test that needed it."""

    action: str
    resource: str
    told_by: str
    test: str


def moto(suite: Suite, chosen: list[str]) -> None:
    _tell(suite.run(suite.tree, {}, NOT_LOCAL, *chosen), 0.0)


def admin(suite: Suite, chosen: list[str]) -> None:
    account_file = _new(suite.folder / "admin.db")
    _as_role(suite, account_file, [{"Effect": "Allow", "Action": "*", "Resource": "*"}], chosen)
    patterns = (f"--widen=arn:aws:s3:::{bucket}/*" for bucket in ("test", "test-versioned"))
    policy = EmulatorAccount.passrole(account_file, "tighten", "--role", ROLE, *patterns)
    (suite.folder / "tightened.json").write_text(policy)


def learn(suite: Suite, chosen: list[str]) -> None:
    """Goes on from what is in learned.json, if it was stopped."""
    account_file = _new(suite.folder / "learn.db")
    lacks = _learned(suite)
    first = [] if lacks else ["--stepwise-reset"]
    with EmulatorAccount(account_file) as account:
        account.make_role(ROLE)
        account.put_policy(ROLE, *_statements(lacks))
        session = account.environment_of(ROLE)
        options = (NOT_LOCAL, NOT_ALONE, NOT_AT_AWS, "--stepwise", *chosen)
        while not (outcome := suite.run(suite.edited, session, *options, *first)).passed:
            first = []
            lack = _lacking(outcome, account_file)
            if any((each.action, each.resource) == (lack.action, lack.resource) for each in lacks):
                sys.exit(f"{outcome.text}\n{lack.action} on {lack.resource} is allowed already")
            lacks.append(lack)
            print(f"{len(lacks):3}  {lack.action} on {lack.resource}  ({lack.told_by}; {lack.test})", flush=True)
            (suite.folder / LEARNED).write_text(json.dumps([asdict(each) for each in lacks], indent=2))
            account.put_policy(ROLE, *_statements(lacks))
            account.reset()
    told = dict(Counter(each.told_by for each in lacks))
    print(f"{len(lacks)} permissions, {len({each.action for each in lacks})} actions, told by {told}")


def learned(suite: Suite, chosen: list[str]) -> None:
    _as_role(suite, _new(suite.folder / "learned.db"), _statements(_learned(suite)), chosen)


def needed(suite: Suite, _: list[str]) -> None:
    lacks = _learned(suite)
    first_test = {each.action: each.test for each in reversed(lacks)}
    with EmulatorAccount(_new(suite.folder / "needed.db")) as account:
        account.make_role(ROLE)
        session = account.environment_of(ROLE)
        for action, test in first_test.items():
            account.reset()
            account.put_policy(ROLE, *_statements(each for each in lacks if each.action != action))
            outcome = suite.run(suite.edited, session, test)
            print(f"without {action} {test} {'passes' if outcome.passed else 'fails'}", flush=True)


def tightened(suite: Suite, chosen: list[str]) -> None:
    policy = json.loads((suite.folder / "tightened.json").read_text())
    _as_role(suite, _new(suite.folder / "tightened.db"), policy["Statement"], chosen)


def _as_role(suite: Suite, account_file: Path, statements: list[Statement], chosen: list[str]) -> None:
    with EmulatorAccount(account_file) as account:
        account.make_role(ROLE)
        account.put_policy(ROLE, *statements)
        outcome = suite.run(suite.edited, account.environment_of(ROLE), NOT_LOCAL, NOT_AT_AWS, *chosen)
    _tell(outcome, account.cpu_seconds)


def _lacking(outcome: Outcome, account_file: Path) -> Lack:
    """Of one object it is asked for all of its bucket: tests name a new one each."""
    found = _DENIED.search(outcome.text)
    if found is not None:
        by, action, resource = "the message", found[1], found[2]
    else:
        # A HEAD request has no body, and so no message: the log has it.
        of_role = ("--principal", f"role/{ROLE}", "--denied", "--limit", "1", "--output", "json")
        last = json.loads(EmulatorAccount.passrole(account_file, "decisions", *of_role))["calls"][-1]
        by, action, resource = "passrole decisions", last["decisions"][-1]["action"], last["decisions"][-1]["resource"]
    return Lack(action, re.sub(r"^(arn:aws:s3:::[^/]+/).*", r"\1*", resource), by, outcome.failed[0])


def _learned(suite: Suite) -> list[Lack]:
    file = suite.folder / LEARNED
    return [Lack(**each) for each in json.loads(file.read_text())] if file.exists() else []


def _statements(lacks: Iterable[Lack]) -> list[Statement]:
    allowed: dict[str, list[str]] = {}
    for each in lacks:
        allowed.setdefault(each.action, []).append(each.resource)
    return [{"Effect": "Allow", "Action": action, "Resource": resources} for action, resources in allowed.items()]


def _tell(outcome: Outcome, server_seconds: float) -> None:
    print("\n".join((*(f"failed: {name}" for name in outcome.failed), outcome.summary)))
    tests = outcome.cpu_seconds
    print(f"CPU seconds: tests {tests:.0f}, server {server_seconds:.0f}, together {tests + server_seconds:.0f}")


def _new(account_file: Path) -> Path:
    for old in account_file.parent.glob(f"{account_file.stem}.*db*"):
        old.unlink()
    return account_file


STEPS = {step.__name__: step for step in (moto, admin, learn, learned, needed, tightened)}


def main() -> None:
    match sys.argv[1:]:
        case [folder, step, *chosen] if step in STEPS:
            suite = Suite(Path(folder).resolve())
            suite.prepare(PORT)
            began = time.monotonic()
            STEPS[step](suite, chosen or ["s3fs"])
            print(f"{step}: {time.monotonic() - began:.0f} s")
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
