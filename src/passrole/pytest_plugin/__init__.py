"""pytest's plugin: an account for tests, sessions of its roles, and what they were denied in the report of a failure.

Only pytest is imported here: a test run that uses none of it must not pay for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import TYPE_CHECKING

import pytest

from passrole.pytest_plugin.watch import Watch

if TYPE_CHECKING:
    from passrole.pytest_plugin.assertions import Assertion
    from passrole.pytest_plugin.role_sessions import RoleSessions
    from passrole.pytest_plugin.served import AccountOfTest, PassroleServer

_WATCH = pytest.StashKey[Watch]()
_OUTPUT = "passrole"
_MODES = ("enforce", "soft", "off")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("passrole", "AWS permissions (passrole)")
    group.addoption(
        "--passrole",
        choices=_MODES,
        default="enforce",
        help="what policies deny: denied (enforce, the default), let through and told at the end (soft), "
        "not decided at all (off)",
    )
    parser.addini("passrole_region", "the Region of the sessions that as_role makes", default="us-east-1")
    parser.addini("passrole_account_id", "the id of the account", default="111122223333")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_WATCH] = Watch()


def pytest_report_header(config: pytest.Config) -> str | None:
    match config.getoption("--passrole"):
        case "soft":
            return "passrole: what policies deny is let through, and told at the end (--passrole=soft)"
        case "off":
            return "passrole: NOTHING IS ENFORCED (--passrole=off)"
        case _:
            return None


@pytest.fixture(scope="session")
def passrole_server(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PassroleServer]:
    """A new account on a port of this machine, one for each worker of pytest-xdist, for the whole test run.

    What a fixture of session or module scope makes in it stays for all tests.
    """
    from passrole.pytest_plugin.served import running

    watch = pytestconfig.stash[_WATCH]
    folder, mode = tmp_path_factory.mktemp("passrole"), pytestconfig.getoption("--passrole")
    region, account_id = pytestconfig.getini("passrole_region"), pytestconfig.getini("passrole_account_id")
    with running(folder, account_id, region, mode) as server:
        watch.start(server)
        yield server
        watch.stop()


@pytest.fixture
def passrole_account(passrole_server: PassroleServer, pytestconfig: pytest.Config) -> Iterator[AccountOfTest]:
    """The account, for one test: whatever is changed in it while the test runs is taken back afterwards."""
    with passrole_server.one_test() as account:
        yield account
        # What the test made is looked at before it goes.
        pytestconfig.stash[_WATCH].look()


@pytest.fixture
def as_role(passrole_account: AccountOfTest) -> RoleSessions:
    """`as_role("app").client("s3")`: a session of boto3, or of botocore where that is not installed, as a role."""
    from passrole.pytest_plugin.role_sessions import RoleSessions

    return RoleSessions(passrole_account.server)


@pytest.fixture
def assert_can(passrole_account: AccountOfTest, pytestconfig: pytest.Config) -> Assertion:
    """`assert_can("app", "s3:GetObject", "arn:aws:s3:::reports/a.csv", context={"aws:SourceIp": "203.0.113.7"})`."""
    from passrole.pytest_plugin.assertions import Assertion

    return Assertion(passrole_account.server, pytestconfig.stash[_WATCH], wanted=True)


@pytest.fixture
def assert_cannot(passrole_account: AccountOfTest, pytestconfig: pytest.Config) -> Assertion:
    """The opposite of `assert_can`: it fails for what is allowed, and for what nobody knows."""
    from passrole.pytest_plugin.assertions import Assertion

    return Assertion(passrole_account.server, pytestconfig.stash[_WATCH], wanted=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    item.config.stash[_WATCH].begin_test()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and (text := item.config.stash[_WATCH].denials()):
        report.sections.append((f"passrole: denied until the end of {report.when}", text))
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands over what it saw."""
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = json.dumps(session.config.stash[_WATCH].seen())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    output: Mapping[str, str] = getattr(node, "workeroutput", {})
    config = getattr(node, "config", None)
    if isinstance(config, pytest.Config) and _OUTPUT in output:
        config.stash[_WATCH].add_seen(json.loads(output[_OUTPUT]))


def pytest_terminal_summary(terminalreporter: object, config: pytest.Config) -> None:
    watch = config.stash[_WATCH]
    section: Callable[[str], None] = terminalreporter.section  # type: ignore[attr-defined]  # no public class
    write: Callable[[str], None] = terminalreporter.write_line  # type: ignore[attr-defined]  # the same
    for title, lines in (
        ("passrole: let through, and would be denied", watch.let_through()),
        ("passrole: statements that no test used", watch.summary()),
    ):
        if lines:
            section(title)
        for line in lines:
            write(line)
