"""The snippets of docs/pytest.md and of the README, run as they stand."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

MY_ROLES = """
import json
import pytest

@pytest.fixture
def my_roles(passrole_account):
    def document(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    iam = passrole_account.client("iam")
    iam.create_user(UserName="bob")
    trust = document(Principal={"AWS": "111122223333"}, Action="sts:AssumeRole")
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=document(Action="iam:GetUser", Resource="*"))
"""


@pytest.fixture(autouse=True)
def plugin_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("AWS_", "PASSROLE_")) or name == "PYTEST_ADDOPTS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run(pytester: pytest.Pytester) -> pytest.RunResult:
    return pytester.runpytest_subprocess("-p", "passrole.pytest_plugin", timeout=120)


def test_the_page(pytester: pytest.Pytester) -> None:
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.S | re.M):
        name = re.match(r"# (\w+)\.py\n", block)
        assert name is not None
        pytester.makepyfile(**{name[1]: block})
    result = run(pytester)
    result.assert_outcomes(passed=2, failed=1)
    # The report is the one that the page shows.
    report, _summary, _soft = re.findall(r"^```text\n(.*?)^```$", PAGE, re.S | re.M)
    _heading, *lines = report.splitlines()
    result.stdout.fnmatch_lines([line.replace("[", "[[]") for line in lines], consecutive=False)
    printed = result.stdout.str()
    assert "\n".join(lines) in printed
    assert "passrole: denied until the end of call" in printed
    assert "in full: passrole why " in printed


def test_the_readme(pytester: pytest.Pytester) -> None:
    (snippet,) = re.findall(r"^```python\n(def test_.*?)^```$", README, re.S | re.M)
    pytester.makeconftest(MY_ROLES)
    pytester.makepyfile(snippet)
    run(pytester).assert_outcomes(passed=1)
