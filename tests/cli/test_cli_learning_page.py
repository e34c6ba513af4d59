"""docs/learning-from-decisions.md: its commands, run as they stand on the account that it tells of, print what it shows."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.cli.command_line import Run

from passrole.server.embedded import embedded_session

PAGE = (Path(__file__).parents[2] / "docs" / "learning-from-decisions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n\$ passrole (.*?)\n(.*?)^```$", PAGE, re.S | re.M)


def allow(**more: object) -> dict[str, object]:
    return {"Effect": "Allow", **more}


def document(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def set_up(path: Path) -> None:
    """role/deployer makes a role and looks at it; the permission for its policy is missing."""
    app = "arn:aws:iam::111122223333:role/app-*"
    with embedded_session(path) as account:
        iam = account.client("iam")
        trust = document(allow(Principal={"AWS": "111122223333"}, Action="sts:AssumeRole"))
        made = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        policy = document(
            allow(Sid="Look", Action=["iam:GetRole", "iam:ListRoles"], Resource="*"),
            allow(Sid="Make", Action="iam:CreateRole", Resource=app),
            allow(Sid="Clean", Action="iam:DeleteRole", Resource="*"),
        )
        iam.put_role_policy(RoleName="deployer", PolicyName="deploy", PolicyDocument=policy)
        key = account.client("sts").assume_role(RoleArn=made, RoleSessionName="ci")["Credentials"]
        deployer = account.as_user(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"]).client("iam")
        service = document(allow(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"))
        deployer.create_role(RoleName="app-web", AssumeRolePolicyDocument=service)
        deployer.get_role(RoleName="app-web")
        with pytest.raises(ClientError):
            deployer.put_role_policy(
                RoleName="app-web", PolicyName="p", PolicyDocument=document(allow(Action="s3:GetObject", Resource="*"))
            )


def masked(text: str) -> list[str]:
    """Without what differs from run to run: days, times and ids."""
    text = re.sub(r"\d{4}-\d\d-\d\d \(UTC\)", "DAY", text)
    text = re.sub(r"\d\d:\d\d:\d\d", "TIME", text)
    return re.sub(r"  [0-9a-f]{8}$", "  ID", text, flags=re.M).splitlines()


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command.split()[0] for command, _ in BLOCKS])
def test_what_the_page_shows(command: str, shown: str, tmp_path: Path, run: Run) -> None:
    set_up(tmp_path / "account.db")
    result = run(*shlex.split(command))
    assert result.code == 0
    assert masked(result.out + result.err) == masked(shown)


def test_the_page_shows_both_commands() -> None:
    assert [command.split()[0] for command, _ in BLOCKS] == ["decisions", "tighten"]
