"""moto's own tests of IAM and STS, in its server mode, against a served account; held against docs/moto-differences.md.

    python -m tests.long.moto_tests FOLDER            FOLDER: moto's source package from PyPI, unpacked
    python -m tests.long.moto_tests FOLDER -k roles   what follows is for pytest

It needs freezegun and requests-mock besides. Each test gets a new account, in the partition that its name tells, and the
fixed key that moto's decorator sets is its administrator's. Exit code 0 only if exactly the tests fail that the page lists.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.long.served_process import free_port

from passrole.server.http import serving
from passrole.server.test_credentials import TEST_CREDENTIALS

PAGE = Path(__file__).parents[2] / "docs" / "moto-differences.md"
ACCOUNT = "123456789012"
KEY, SECRET = "FOOBARKEY", "FOOBARSECRET"
_LISTED = re.compile(r"^- (?P<module>[\w:.]+): (?P<names>`.*)$", re.MULTILINE)
_PARTITIONS = {"cn-": "aws-cn", "isob": "aws-iso-b"}


def listed_differences() -> set[str]:
    """The tests that the page names, as `test_iam: test_get_role`."""
    return {
        f"{found['module']}: {name}"
        for found in _LISTED.finditer(PAGE.read_text())
        for name in re.findall(r"`(test_[^`]*)`", found["names"])
    }


def name_of(node_id: str) -> str:
    """As the page has it: `tests/test_sts/test_sts.py::test_x` is `sts:test_sts: test_x`."""
    file, *rest = node_id.split("::")
    folder, module = Path(file).parent.name, Path(file).stem
    where = ".".join([module, *rest[:-1]])
    return f"{'sts:' if folder == 'test_sts' else ''}{where}: {rest[-1]}"


@dataclass
class NewAccounts:
    """A pytest plugin: serves a new account while a test runs, and keeps how it ended."""

    port: int
    ended: dict[str, str] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        folder = Path(tempfile.mkdtemp(prefix="moto-tests"))
        partition = next((name for part, name in _PARTITIONS.items() if part in item.name), "aws")
        try:
            with serving(
                folder / "account.db",
                partition=partition,
                port=self.port,
                account_id=ACCOUNT,
                unsafe_test_credentials=True,
            ):
                return (yield)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = name_of(report.nodeid)
        if report.failed:
            self.ended[name] = "failed"
        elif report.skipped or report.when == "call":
            self.ended.setdefault(name, report.outcome)


def main() -> int:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder, further = Path(sys.argv[1]).resolve(), sys.argv[2:]
    port = free_port()
    os.environ |= {
        "TEST_SERVER_MODE": "true",
        "TEST_SERVER_MODE_ENDPOINT": f"http://127.0.0.1:{port}",
        "MOTO_CALL_RESET_API": "false",
        "TESTS_SKIP_REQUIRES_DOCKER": "true",
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }
    TEST_CREDENTIALS[KEY] = SECRET
    os.chdir(folder)
    accounts = NewAccounts(port)
    # Its own `tests` package, and not this one.
    for name in [name for name in sys.modules if name == "tests" or name.startswith("tests.")]:
        del sys.modules[name]
    sys.path.insert(0, str(folder))
    pytest.main(
        ["-q", "-p", "no:cacheprovider", "--tb=no", "-r", "N", "tests/test_iam", "tests/test_sts", *further],
        plugins=[accounts],
    )
    failed = {name for name, outcome in accounts.ended.items() if outcome == "failed"}
    listed = listed_differences()
    counts = Counter(accounts.ended.values())
    print(f"\n{len(accounts.ended)} tests: {dict(sorted(counts.items()))}; {len(listed)} differences are listed")
    unlisted, passing = sorted(failed - listed), sorted(listed & set(accounts.ended) - failed)
    for name in unlisted:
        print(f"failed and not listed: {name}")
    for name in passing:
        print(f"listed and passed:     {name}")
    if not further:
        for name in sorted(listed - set(accounts.ended)):
            print(f"listed and not there:  {name}")
    return 1 if unlisted or passing else 0


if __name__ == "__main__":
    sys.exit(main())
