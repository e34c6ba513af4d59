"""The commands of AWS's own pages, run word for word by the real AWS CLI against a served account.

`seed_blocks.json` holds the code blocks of the pages: server migration (S), VM Import/Export (V), DMS roles (R). The
documents stand in the working directory under the names that the pages give them. The commands get endpoint and
credentials from the environment and are otherwise what a reader would paste.

Two commands of the VM Import/Export page name a Windows path, `file://C:\\import\\trust-policy.json`. There is no drive
C here, but a backslash and a colon are ordinary characters of a file name: the documents stand in the working
directory in files with exactly those names, so that the commands run unchanged.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from passrole.server.http import ServedAccount, serving

BLOCKS = json.loads((Path(__file__).parent.parent / "data" / "seed_blocks.json").read_text())

# The page's JSON block, and the file that the page tells the reader to put it in.
DOCUMENTS = {
    "trust-policy.json": "S#2",
    "role-policy.json": "S#3",
    "C:\\import\\trust-policy.json": "V#2",
    "C:\\import\\role-policy.json": "V#4",
    "dmsAssumeRolePolicyDocument.json": "R#5",
    "dmsAssumeRolePolicyDocument2.json": "R#8",
    "dmsAssumeRolePolicyDocument3.json": "R#11",
}
POLICIES = "arn:aws:iam::aws:policy/service-role"


class Reader:
    """Somebody who follows the pages in a shell."""

    def __init__(self, folder: Path, served: ServedAccount) -> None:
        self.folder = folder
        binaries = Path(sys.executable).parent
        assert (binaries / "aws").exists(), "the test extra installs the AWS CLI beside Python"
        self.environment = {
            "PATH": f"{binaries}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(folder),
            "AWS_PAGER": "",
            **served.environment().variables(),
        }

    def runs(self, command: str) -> str:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        return done.stdout

    def runs_block(self, name: str) -> str:
        assert BLOCKS[name]["kind"] == "text"
        return self.runs(BLOCKS[name]["value"])

    def asks(self, command: str) -> Mapping[str, object]:
        answer: Mapping[str, object] = json.loads(self.runs(command))
        return answer


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("reader")
    for name, block in DOCUMENTS.items():
        (folder / name).write_text(json.dumps(BLOCKS[block]["value"], indent=4))
    with serving(folder / "account.db") as served:
        yield Reader(folder, served)


def without(answer: object, *members: str) -> dict[str, object]:
    assert isinstance(answer, dict)
    return {name: value for name, value in answer.items() if name not in members}


def test_server_migration_service_page(reader: Reader) -> None:
    printed = reader.runs_block("S#4")
    role = json.loads(printed)["Role"]
    assert (role["RoleName"], role["Path"], role["Arn"]) == ("sms", "/", "arn:aws:iam::111122223333:role/sms")
    assert role["AssumeRolePolicyDocument"] == BLOCKS["S#2"]["value"]
    kept = reader.asks("aws iam get-role-policy --role-name sms --policy-name sms")
    assert kept["PolicyDocument"] == BLOCKS["S#3"]["value"]


def test_vm_import_export_page(reader: Reader) -> None:
    role = json.loads(reader.runs_block("V#3"))["Role"]
    assert role["Arn"] == "arn:aws:iam::111122223333:role/vmimport"
    assert role["AssumeRolePolicyDocument"] == BLOCKS["V#2"]["value"]
    assert reader.runs_block("V#7") == ""
    kept = reader.asks("aws iam get-role-policy --role-name vmimport --policy-name vmimport")
    assert kept["PolicyDocument"] == BLOCKS["V#4"]["value"]


def test_dms_roles_page(reader: Reader) -> None:
    roles = (
        ("dms-vpc-role", "R#6", "R#5", "R#7", "AmazonDMSVPCManagementRole"),
        ("dms-cloudwatch-logs-role", "R#9", "R#8", "R#10", "AmazonDMSCloudWatchLogsRole"),
        ("dms-access-for-endpoint", "R#12", "R#11", "R#13", "AmazonDMSRedshiftS3Role"),
    )
    for name, create, trust, attach, policy in roles:
        role = json.loads(reader.runs_block(create))["Role"]
        assert (role["RoleName"], role["AssumeRolePolicyDocument"]) == (name, BLOCKS[trust]["value"])
        assert reader.runs_block(attach) == ""
        attached = reader.asks(f"aws iam list-attached-role-policies --role-name {name}")
        assert attached["AttachedPolicies"] == [{"PolicyName": policy, "PolicyArn": f"{POLICIES}/{policy}"}]

    # get-policy: the page's answer, once its role has the policy. Since the page was written AWS has made a version
    # v4 and its default (on 2024-07-25), and answers show two members more.
    printed, on_page = reader.asks(BLOCKS["R#1"]["value"])["Policy"], BLOCKS["R#2"]["value"]["Policy"]
    assert isinstance(printed, dict)
    changed, added = ("DefaultVersionId", "UpdateDate"), {"PermissionsBoundaryUsageCount": 0, "Tags": []}
    assert without(printed, *changed) == without(on_page, *changed) | added
    assert (printed["DefaultVersionId"], printed["UpdateDate"][:10]) == ("v4", "2024-07-25")

    # get-policy-version v3: the page's answer, save that v3 is no longer the default.
    version_on_page = BLOCKS["R#4"]["value"]["PolicyVersion"]
    assert reader.asks(BLOCKS["R#3"]["value"]) == {"PolicyVersion": {**version_on_page, "IsDefaultVersion": False}}


def test_a_refusal_is_told_by_the_cli_in_awss_words(reader: Reader) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", "aws iam get-role --role-name no-such-role"],
        cwd=reader.folder,
        env=reader.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode not in (0, 1)
    assert (
        "An error occurred (NoSuchEntity) when calling the GetRole operation: "
        "The role with name no-such-role cannot be found." in done.stderr
    )


def test_the_export_lines_are_enough_for_a_shell(reader: Reader, tmp_path: Path) -> None:
    with serving(tmp_path / "account.db") as served:
        exports = served.environment().export_lines()
        script = f"{exports}\naws sts get-caller-identity --query Arn --output text"
        elsewhere = {**reader.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_SESSION_TOKEN": "of another"}
        done = subprocess.run(
            ["/bin/sh", "-c", script], cwd=tmp_path, env=elsewhere, capture_output=True, text=True, check=False
        )
    assert done.stdout == "arn:aws:iam::111122223333:user/passrole-admin\n", done.stderr
