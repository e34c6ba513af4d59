"""What is read beside a resource's policies: grants on keys and S3 Block Public Access, on moto's account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.provision.provision_worlds import open_account

from passrole.account.compiled_account import NOTHING_BESIDE
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, Unknown
from passrole.policy.model import PolicyType
from passrole.policy.parse import policy_from_value
from passrole.provision.beside_policies import beside_of
from passrole.provision.clients import ClientFactory, Target

ACCOUNT = "123456789012"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
OBJECT = "arn:aws:s3:::reports/a.csv"


def bucket_policy(principal: object) -> Known:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Known((AttachedPolicy(PolicyType.RESOURCE, "bucket policy", policy_from_value(document)),))


PUBLIC, FIXED = bucket_policy("*"), bucket_policy({"AWS": "444455556666"})


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[ClientFactory]:
    with open_account("moto", tmp_path) as clients:
        yield clients


def test_grants_of_a_key(moto: ClientFactory) -> None:
    kms: Any = moto.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    grant = kms.create_grant(
        KeyId=key,
        GranteePrincipal=ANA,
        RetiringPrincipal=f"{ANA}2",
        Operations=["Decrypt", "DescribeKey"],
        Constraints={"EncryptionContextSubset": {"Department": "IT"}},
    )["GrantId"]
    beside = beside_of(moto, ACCOUNT, "kms:Decrypt", key, Known())
    assert beside.aws_managed_key is False
    assert isinstance(beside.grants, tuple)
    (found,) = beside.grants
    assert (found.grant_id, found.grantee, found.retiring_principal) == (grant, ANA, f"{ANA}2")
    assert (found.operations, found.context_subset) == (frozenset({"Decrypt", "DescribeKey"}), {"Department": "IT"})
    assert isinstance(found, KeyGrant)
    assert beside_of(moto, ACCOUNT, "kms:ListKeys", "*", Known()) == NOTHING_BESIDE


def test_block_public_access_of_a_bucket(moto: ClientFactory) -> None:
    s3: Any = moto.client("s3")
    s3.create_bucket(Bucket="reports")

    def restricts(policies: Known) -> bool | Unknown:
        return beside_of(moto, ACCOUNT, "s3:GetObject", OBJECT, policies).restrict_public_buckets

    assert restricts(PUBLIC) is False
    s3.put_public_access_block(Bucket="reports", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert restricts(PUBLIC) is True
    assert restricts(FIXED) is False, "a policy that is not public is not restricted, so nothing is read"


def test_block_public_access_of_the_account(moto: ClientFactory) -> None:
    s3: Any = moto.client("s3")
    s3.create_bucket(Bucket="reports")
    control: Any = moto.client("s3control")
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert beside_of(moto, ACCOUNT, "s3:GetObject", OBJECT, PUBLIC).restrict_public_buckets is True


@dataclass
class Refusing:
    """An account on AWS whose caller may call nothing but IAM."""

    def client(self, service: str) -> Any:
        from botocore.exceptions import ClientError

        class Client:
            def __getattr__(self, name: str) -> Any:
                def refuse(**_: object) -> object:
                    raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, name)

                return refuse

        return Client()

    def describe(self) -> Target:
        return Target("real AWS", "https://iam.amazonaws.com", "us-east-1")


def test_what_may_not_be_read_is_unknown() -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k"
    grants = beside_of(Refusing(), ACCOUNT, "kms:Decrypt", key, Known()).grants
    assert isinstance(grants, Unknown)
    assert "AccessDenied answered to kms:ListGrants" in grants.reason
    setting = beside_of(Refusing(), ACCOUNT, "s3:GetObject", OBJECT, PUBLIC).restrict_public_buckets
    assert isinstance(setting, Unknown)
    assert "of bucket `reports`" in setting.reason


def test_the_embedded_account_has_neither(tmp_path: Path) -> None:
    with open_account("embedded", tmp_path) as clients:
        assert beside_of(clients, ACCOUNT, "s3:GetObject", OBJECT, PUBLIC) == NOTHING_BESIDE
