"""The AWS SDK for JavaScript v3, unmodified and told by the environment alone, against the served account.

Skipped where Node or the SDK is not there. With both, installed for this run into a temporary folder by npm:
`python -m tests.long.javascript_sdk`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.server.javascript import node_with

from passrole.server.embedded import embedded_session
from passrole.server.http import serving

SCRIPT = Path(__file__).with_name("javascript_sdk.cjs")
WHO = """
const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
new STSClient({}).send(new GetCallerIdentityCommand({})).then(
  (answer) => console.log(answer.Arn),
  (error) => { console.error(error); process.exit(1); },
);
"""
PACKAGES = ("@aws-sdk/client-iam", "@aws-sdk/client-sts")


def test_a_round_through_iam_and_sts(tmp_path: Path) -> None:
    node = node_with(*PACKAGES)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with serving(tmp_path / "account.db") as served:
        account = served.store.account_id
        variables = served.environment().variables()
        done = subprocess.run(
            [node, str(SCRIPT)],
            env=kept | variables | {"AWS_EC2_METADATA_DISABLED": "true"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    session = f"arn:aws:sts::{account}:assumed-role/js-app/js"
    denied = seen.pop("denied")
    assert (denied["name"], denied["status"]) == ("AccessDenied", 403)
    assert denied["message"] == (
        f"User: {session} is not authorized to perform: iam:DeleteRole on resource: role js-app"
        " because no identity-based policy allows the iam:DeleteRole action"
    )
    assert seen == {
        "account": account,
        "requestId": "string",
        "description": "a\tb & <ü>",
        "tags": [{"Key": "stage", "Value": "prod: a=b@c"}],
        "dateIsWholeSeconds": True,
        "trustSurvives": True,
        "pages": [["js-app", "js-b"], ["js-c"]],
        "again": {
            "name": "EntityAlreadyExistsException",
            "status": 409,
            "message": "Role with name js-app already exists.",
        },
        "missing": {
            "name": "NoSuchEntityException",
            "status": 404,
            "message": "The role with name nobody cannot be found.",
        },
        "missingIsTyped": True,
        "malformed": "MalformedPolicyDocumentException",
        "simulated": [["iam:GetRole", "allowed"], ["iam:DeleteRole", "implicitDeny"]],
        "allowed": "js-app",
        "gone": "NoSuchEntityException",
    }


@pytest.mark.parametrize(("kind", "service"), [("--imds", "ec2"), ("--container", "ecs-tasks")])
def test_a_role_found_as_on_ec2_and_ecs(kind: str, service: str, tmp_path: Path) -> None:
    """The SDK's own providers, told by what `passrole credentials` puts into the environment."""
    node = node_with(*PACKAGES)
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with embedded_session(tmp_path / "account.db") as account:
        iam = account.client("iam")
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName="app", AssumeRolePolicyDocument=document)
        iam.create_instance_profile(InstanceProfileName="app")
        iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with serving(tmp_path / "account.db") as served:
        source = ["--account-file", str(served.store.path), "--endpoint-url", served.endpoint_url]
        command = [sys.executable, "-m", "passrole", "credentials", "--role", "app", kind, *source, "--", node]
        done = subprocess.run([*command, "-e", WHO], env=kept, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert ":assumed-role/app/" in done.stdout
