"""Exports: the shell script is run as it is, by a real shell and the real AWS CLI, and makes what apply makes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import (
    World,
    account_contents,
    allow,
    everything,
    policy,
    prepare_for_everything,
    role,
    trusts,
)

from passrole.provision.clients import BotocoreClients
from passrole.provision.export import export_aws_cli, export_json
from passrole.recipes.desired import DesiredManagedPolicy, DesiredState, DesiredUser
from passrole.recipes.load import load_recipes
from passrole.recipes.render import render

ACCOUNT = "123456789012"
AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def moto(moto_url: str, tmp_path: Path) -> Iterator[World]:
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{moto_url}/moto-api/reset", method="POST")).read()
    return World(BotocoreClients(endpoint_url=moto_url), tmp_path / "state")


def run(script: str, folder: Path, url: str, shell: str = "sh") -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    (folder / "set-up.sh").write_text(script)
    environment = {
        "PATH": f"{AWS.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_PAGER": "",
    }
    return subprocess.run([shell, "set-up.sh"], cwd=folder, env=environment, capture_output=True, text=True)


def without_tags(contents: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in found.items() if key != "tags"} if isinstance(found, dict) else found
        for name, found in contents.items()
    }


def test_the_script_makes_what_apply_makes(moto: World, moto_url: str, tmp_path: Path) -> None:
    prepare_for_everything(moto)
    before = moto.contents()
    state = everything(moto)
    moto.apply(state)
    applied = without_tags(moto.contents())
    moto.destroy("demo")
    assert moto.contents() == before
    done = run(export_aws_cli(state), tmp_path / "out", moto_url)
    assert done.returncode == 0, done.stderr
    assert without_tags(account_contents(moto.iam)) == applied
    key_file = tmp_path / "out" / "connector-access-key.json"
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert json.loads(key_file.read_text())["AccessKey"]["UserName"] == "connector"
    assert "SecretAccessKey" not in done.stdout


NASTY = 'it\'s $HOME `id` "quoted" \\ ${aws:username} (not a command)'


def test_nothing_in_a_set_up_is_taken_for_shell(moto: World, moto_url: str, tmp_path: Path) -> None:
    state = moto.state(
        label="demo",
        users=(DesiredUser("-first=hyphen,@x", path="/a/"),),
        roles=(role("r", trusts("ec2.amazonaws.com"), description=NASTY, reason=f"{NASTY}\necho injected >&2"),),
        managed_policies=(
            DesiredManagedPolicy(
                "p", policy(allow("s3:*", "arn:aws:s3:::b/${aws:username}/*")), description="file:///etc/passwd"
            ),
        ),
    )
    done = run(export_aws_cli(state), tmp_path / "out", moto_url)
    assert done.returncode == 0, done.stderr
    assert "injected" not in done.stderr
    contents = moto.contents()
    assert "user/-first=hyphen,@x" in contents
    assert contents["role/r"]["description"] == NASTY
    assert contents["policy/p"]["document"] == [allow("s3:*", "arn:aws:s3:::b/${aws:username}/*")]
    described = moto.iam.get_policy(PolicyArn=moto.policy_arn("p"))["Policy"]["Description"]
    assert described == "file:///etc/passwd"


def test_the_script_stops_in_another_account(moto: World, moto_url: str, tmp_path: Path) -> None:
    from dataclasses import replace

    state = replace(moto.state(users=(DesiredUser("alice"),)), account_id="999999999999")
    done = run(export_aws_cli(state), tmp_path / "out", moto_url)
    assert done.returncode == 1
    assert "lead to account 123456789012, not 999999999999" in done.stderr
    assert moto.contents() == {}


def test_the_script_stops_at_the_first_failure(moto: World, moto_url: str, tmp_path: Path) -> None:
    moto.iam.create_user(UserName="alice")
    state = moto.state(users=(DesiredUser("alice", inline_policies={"x": policy(allow("s3:*"))}),))
    done = run(export_aws_cli(state), tmp_path / "out", moto_url)
    assert done.returncode != 0
    assert moto.contents()["user/alice"]["inline"] == {}


def built_in() -> list[DesiredState]:
    return [
        render(recipe, recipe.demo, account_id=ACCOUNT, partition="aws", region="us-east-1", variant=variant)
        for recipe in load_recipes().values()
        for variant in ("corrected", "documented")
    ]


@pytest.mark.parametrize("state", built_in(), ids=lambda state: f"{state.recipe}-{state.variant}")
@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_shells_read_the_scripts_of_the_built_in_recipes(state: DesiredState, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"this machine has no {shell}")
    done = subprocess.run([shell, "-n"], input=export_aws_cli(state), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_files_have_the_names_that_the_pages_use() -> None:
    recipe = load_recipes()["vm-import"]
    state = render(recipe, recipe.demo, account_id=ACCOUNT, partition="aws", region="us-east-1")
    script = export_aws_cli(state)
    assert "--role-name vmimport" in script
    assert "--assume-role-policy-document file://trust-policy.json" in script
    assert "--policy-document file://role-policy.json" in script


def test_no_two_documents_share_a_file(moto: World) -> None:
    inline = {"a": policy(allow("s3:*")), "b": policy(allow("ec2:*"))}
    state = moto.state(
        roles=(
            role("x", trusts("ec2.amazonaws.com"), inline=inline),
            role("y", trusts("dms.amazonaws.com"), inline=inline),
            role("x-trust", trusts("dms.amazonaws.com"), inline={"policy": policy(allow("s3:*"))}),
        ),
        users=(DesiredUser("x", inline_policies=inline),),
    )
    script = export_aws_cli(state)
    files = [line.split()[2] for line in script.splitlines() if line.startswith("cat > ")]
    assert len(files) == 10
    assert len(set(files)) == len(files)


@pytest.mark.parametrize("state", built_in(), ids=lambda state: f"{state.recipe}-{state.variant}")
def test_the_json_export_holds_every_document_and_reason(state: DesiredState) -> None:
    value = json.loads(export_json(state))
    assert value["format_version"] == "1.0"
    for exported, desired in zip(value["roles"], state.roles, strict=True):
        assert desired.trust_policy is not None
        assert exported["trust_policy"]["document"] == desired.trust_policy.to_value()
        for name, wanted in desired.inline_policies.items():
            assert exported["inline_policies"][name]["document"] == wanted.to_value()
            reasons = [each["reason"] for each in exported["inline_policies"][name]["statements"]]
            assert reasons == [each.reason for each in wanted.statements]
    assert [each["name"] for each in value["users"]] == [each.name for each in state.users]
