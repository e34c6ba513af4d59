"""Versions of managed policies as an account lists them: `managed --from account`, `drift --since`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.cli_files import allow, document
from tests.cli.command_line import Run
from tests.cli.test_cli_endpoints import iam_of
from tests.cli.test_cli_schemas import check

from passrole.catalog.managed_policies import get_managed_policy
from passrole.provision import policy_history
from passrole.provision.call import call_list
from passrole.server.embedded import embedded_session
from passrole.server.http import ServedAccount, serving

DMS = "AmazonDMSVPCManagementRole"


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServedAccount]:
    with serving(tmp_path / "served.db") as account:
        for name, value in account.environment().variables().items():
            if name != "AWS_ENDPOINT_URL":
                monkeypatch.setenv(name, value)
        yield account


def test_versions_that_an_account_lists_over_the_wire(served: ServedAccount, run: Run) -> None:
    iam = iam_of(served)
    first = json.dumps(document(allow("s3:GetObject")))
    arn = iam.create_policy(PolicyName="mine", PolicyDocument=first)["Policy"]["Arn"]
    second = json.dumps(document(allow(["s3:GetObject", "s3:PutObject"])))
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=second, SetAsDefault=True)
    options = ("--from", "account", "--endpoint-url", served.endpoint_url)
    value = run("managed", arn, *options, "--output", "json").json()
    check(value, "managed")
    told = [(each["version"], each["current"], each["from"]) for each in value["versions"]]
    assert told == [("v1", False, "account"), ("v2", True, "account")]
    result = run("managed", arn, *options, "--diff", "v1", "v2", "--output", "json")
    assert result.code == 2
    assert result.json()["relation"] == "broader"
    assert "s3:PutObject" in json.dumps(result.json()["witnesses"])
    # A policy of AWS's: all that the catalogue has is there, too.
    listed = run("managed", DMS, *options, "--output", "json").json()["versions"]
    published = get_managed_policy(DMS)
    assert published is not None
    assert [each["version"] for each in listed] == [each.version_id for each in published.versions]


def test_an_embedded_account_is_asked_too(run: Run, vm_import: Path) -> None:
    result = run("managed", DMS, "--from", "account", "--diff", "v3", "v4", "--output", "json")
    assert result.code == 2, result.err
    assert result.json()["relation"] == "broader"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Nobodys",), "give its ARN"),
        (("arn:aws:iam::aws:policy/Nobodys",), "the account has no policy"),
        ((DMS, "--diff", "v3", "v99"), "has no version `v99`"),
    ],
)
def test_what_the_account_does_not_have(words: tuple[str, ...], says: str, run: Run, vm_import: Path) -> None:
    result = run("managed", *words, "--from", "account")
    assert result.code == 252
    assert says in result.err


def test_an_account_that_is_named_must_be_asked(run: Run) -> None:
    result = run("managed", DMS, "--endpoint-url", "http://127.0.0.1:1")
    assert result.code == 252
    assert "add --from account" in result.err


def test_drift_lists_the_versions_of_managed_policies_in_use(
    served: ServedAccount, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[str] = []

    def recorded(client: Any, operation: str, parameters: Any, member: str) -> Any:
        listed.append(operation)
        return call_list(client, operation, parameters, member)

    monkeypatch.setattr(policy_history, "call_list", recorded)
    iam = iam_of(served)
    iam.create_user(UserName="ana")
    published = get_managed_policy(DMS)
    assert published is not None
    iam.attach_user_policy(UserName="ana", PolicyArn=published.arn)
    value = run("drift", "--since", "2023-01-01", "--endpoint-url", served.endpoint_url, "--output", "json").json()
    check(value, "account-drift")
    assert [(each["before"], each["after"]) for each in value["managed_policies"]] == [("v3", "v4")]
    # Of the administrator's policy, too.
    assert listed == ["ListPolicyVersions"] * 2


def test_what_a_policy_said_before_its_known_history_is_said_to_be_unknown(run: Run, vm_import: Path) -> None:
    """Of this policy no version has a date before its first known one, and that is not its first."""
    policy = next(each for each in known_from_later() if not each.deprecated)
    with embedded_session(vm_import) as account:
        iam = account.client("iam")
        iam.create_user(UserName="ana")
        iam.attach_user_policy(UserName="ana", PolicyArn=policy.arn)
    result = run("drift", "--since", "2010-01-01", "--output", "json")
    assert result.code == 3, result.err
    (gap,) = result.json()["gaps"]
    assert gap.startswith(f"what {policy.name} said on 2010-01-01 is not known: ")
    assert gap in run("drift", "--since", "2010-01-01").err


def known_from_later() -> Iterator[Any]:
    from passrole.catalog.managed_policies import list_managed_policies

    for policy in list_managed_policies():
        if policy.versions[0].version_id != "v1" and not policy.is_service_linked_role_policy:
            yield policy


def test_a_closed_policy_that_still_falls_short_says_so(run: Run, machine: Path) -> None:
    own = document(allow("sqs:GetQueueUrl"), {"Effect": "Deny", "Action": "sqs:ListQueues", "Resource": "*"})
    user = {
        "UserName": "someone",
        "Path": "/",
        "Arn": "arn:aws:iam::111122223333:user/someone",
        "UserPolicyList": [{"PolicyName": "AmazonSQSReadOnlyAccess-own", "PolicyDocument": own}],
    }
    (machine / "details.json").write_text(json.dumps({"UserDetailList": [user]}))
    options = ("drift", "--authorization-details", "details.json")
    (told,) = run(*options, "--output", "json").json()["policies"]
    assert "sqs:ListQueues" in told["still_falls_short"]
    assert "it may still fall short of AmazonSQSReadOnlyAccess" in " ".join(run(*options).out.split())
