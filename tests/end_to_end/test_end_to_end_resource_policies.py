"""What verify reads beside IAM, on moto's server: policies of buckets, keys, secrets and topics."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from tests.end_to_end.end_to_end_accounts import Account, raw_client

from passrole.activity.rehearse import Rehearsal, Verdict
from passrole.recipes.desired import Json

pytestmark = pytest.mark.parametrize("account", ["moto"], indirect=True)

BUCKETS: dict[str, Json] = {"import_bucket": "disk-images", "export_bucket": "exports"}
WITH_KEY: dict[str, Json] = {**BUCKETS, "kms_key_arns": "{key}"}
WITH_SECRET: dict[str, Json] = {"secret_arn": "{secret}"}


def client(account: Account, service: str) -> Any:
    return raw_client(account.options[1], service)


@contextmanager
def set_up(account: Account, recipe: str, values: Mapping[str, Json]) -> Iterator[Rehearsal]:
    """The rehearsal of a set-up that has just been applied; afterwards it goes."""
    desired = account.desired(recipe, values)
    assert account.apply(account.plan(desired), lambda _seconds: None).complete
    yield account.verify(desired)
    account.apply(account.destroy_plan(recipe), lambda _seconds: None)


def denied(rehearsal: Rehearsal) -> set[tuple[str, str]]:
    """(action, the policies of the statements that deny it; empty where nothing allows it)."""
    return {
        (result.step.action, ref.attached.name if ref else "")
        for result in rehearsal.step_results()
        if result.verdict is Verdict.DENIED
        for question in result.questions
        if not question.decision.allowed
        for ref in question.decision.determining or (None,)
    }


def policy(effect: str, principal: Any, action: Any, resource: Any, **more: Any) -> str:
    statement = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_bucket_that_does_not_exist_is_supposed_to_have_no_policy(account: Account) -> None:
    with set_up(account, "vm-import", BUCKETS) as rehearsal:
        assert rehearsal.verdict is Verdict.ALLOWED
        assert set(rehearsal.assumptions) == {
            f"the bucket `{bucket}`, which does not exist yet, will have no policy that denies"
            for bucket in ("disk-images", "exports")
        }


def test_the_policy_of_a_bucket_is_read(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    s3 = client(account, "s3")
    for bucket in ("disk-images", "exports"):
        s3.create_bucket(Bucket=bucket)
    with set_up(account, "vm-import", BUCKETS) as rehearsal:
        assert (rehearsal.verdict, rehearsal.assumptions) == (Verdict.ALLOWED, ())

    role = f"arn:aws:iam::{account.id}:role/vmimport"
    s3.put_bucket_policy(
        Bucket="exports", Policy=policy("Deny", {"AWS": role}, "s3:PutObject", "arn:aws:s3:::exports/*")
    )
    with set_up(account, "vm-import", BUCKETS) as rehearsal:
        assert rehearsal.verdict is Verdict.DENIED
        assert denied(rehearsal) == {("s3:PutObject", "policy of bucket exports")}
        capsys.readouterr()
        assert account.command("verify", "vm-import", "--brief") == 2
        told = capsys.readouterr().out
        assert "policy of bucket exports" in told
        assert "s3:PutObject" in told
    for bucket in ("disk-images", "exports"):
        s3.delete_bucket(Bucket=bucket)


def test_a_key_policy_that_does_not_delegate_denies(account: Account) -> None:
    kms, key = client(account, "kms"), account.key_arn
    default = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    with set_up(account, "vm-import", WITH_KEY) as rehearsal:
        assert rehearsal.verdict is Verdict.ALLOWED
        assert not any("key" in assumption for assumption in rehearsal.assumptions)

    # The owner of the key alone: no IAM policy of the account counts.
    # <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>
    owner = policy("Allow", {"AWS": f"arn:aws:iam::{account.id}:user/key-owner"}, "kms:*", "*")
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=owner)
    with set_up(account, "vm-import", WITH_KEY) as rehearsal:
        assert rehearsal.verdict is Verdict.DENIED
        actions = {action for action, _ in denied(rehearsal)}
        assert actions
        assert all(action.startswith("kms:") for action in actions)
        assert actions == {
            result.step.action for result in rehearsal.step_results() if result.step.action.startswith("kms:")
        }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=default)


def test_a_key_that_is_not_there_is_supposed_only_in_this_account_and_region(account: Account) -> None:
    key = f"arn:aws:kms:us-east-1:{account.id}:key/11111111-2222-3333-4444-555555555555"
    with set_up(account, "vm-import", {**BUCKETS, "kms_key_arns": key}) as rehearsal:
        assert rehearsal.verdict is Verdict.ALLOWED
        assert f"the key `{key}`, which was not found, has the default key policy" in rehearsal.assumptions
    for elsewhere in (key.replace("us-east-1", "eu-west-1"), key.replace(account.id, "444455556666")):
        with set_up(account, "vm-import", {**BUCKETS, "kms_key_arns": elsewhere}) as rehearsal:
            assert rehearsal.verdict is Verdict.UNDECIDED


def test_the_policy_of_a_secret_is_read(account: Account) -> None:
    secrets = client(account, "secretsmanager")
    with set_up(account, "dms-roles", WITH_SECRET) as rehearsal:
        assert rehearsal.verdict is Verdict.ALLOWED
        assert not any("secret" in assumption for assumption in rehearsal.assumptions)
    role = f"arn:aws:iam::{account.id}:role/dms-secret-access"
    secrets.put_resource_policy(
        SecretId=account.secret_arn,
        ResourcePolicy=policy("Deny", {"AWS": role}, "secretsmanager:GetSecretValue", "*"),
    )
    with set_up(account, "dms-roles", WITH_SECRET) as rehearsal:
        assert denied(rehearsal) == {("secretsmanager:GetSecretValue", f"policy of secret {account.secret_arn}")}
    secrets.delete_resource_policy(SecretId=account.secret_arn)


def test_the_policy_of_a_topic_is_read(account: Account) -> None:
    sns = client(account, "sns")
    topic = sns.create_topic(Name="metrics-sns-topic-for-1")["TopicArn"]
    with set_up(account, "sms", {}) as rehearsal:
        assert rehearsal.verdict is Verdict.ALLOWED
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=policy("Deny", "*", "sns:Publish", topic)
    )
    with set_up(account, "sms", {}) as rehearsal:
        assert denied(rehearsal) == {("sns:Publish", f"policy of topic {topic}")}
    sns.delete_topic(TopicArn=topic)
