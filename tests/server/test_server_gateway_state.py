"""Stored state read from moto: what each service's reader answers, what is not there, and what stays unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from passrole.activity.bind.state import Known, NoSuchThing, NotKnown
from passrole.server.embedded import EmbeddedAccount, embedded_session
from passrole.server.gateway.backend_state import BackendState
from passrole.server.gateway.moto_backend import MotoBackend
from passrole.server.gateway.readings import KeptReadings
from passrole.server.gateway.state.of_service import Place

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
HERE = f"{REGION}:{ACCOUNT}"


@pytest.fixture(scope="module")
def backend() -> MotoBackend:
    return MotoBackend()


@pytest.fixture
def account(tmp_path: Path, backend: MotoBackend) -> Iterator[EmbeddedAccount]:
    with embedded_session(tmp_path / "account.db", account_id=ACCOUNT) as account:
        account.store.add_account(OTHER)
        yield account
    backend.reset()


@pytest.fixture
def state(account: EmbeddedAccount, backend: MotoBackend) -> Iterator[BackendState]:
    with account.store.reading() as connection:
        view = account.store.view(connection)
        yield BackendState(Place(KeptReadings(backend).for_call(), "s3", REGION, view, (ACCOUNT, OTHER)))


def client(backend: MotoBackend, service: str, account: str = ACCOUNT) -> Any:
    return backend.client(service, region=REGION, account_id=account)


def value(answer: object) -> object:
    assert isinstance(answer, Known), answer
    return answer.value


def test_the_owner_of_a_bucket_is_the_account_that_lists_it(backend: MotoBackend, state: BackendState) -> None:
    client(backend, "s3", OTHER).create_bucket(Bucket="theirs")
    assert value(state.owner("arn:aws:s3:::theirs")) == OTHER
    assert isinstance(state.owner("arn:aws:s3:::nobodys"), NoSuchThing)


def test_tags_of_a_bucket_count_with_abac_and_those_of_an_object_always(
    backend: MotoBackend, state: BackendState
) -> None:
    s3 = client(backend, "s3")
    s3.create_bucket(Bucket="docs")
    s3.put_bucket_tagging(Bucket="docs", Tagging={"TagSet": [{"Key": "team", "Value": "blue"}]})
    s3.put_object(Bucket="docs", Key="a?b%", Body=b"", Tagging="env=prod")
    assert value(state.tags("arn:aws:s3:::docs")) == {}
    assert value(state.tags("arn:aws:s3:::docs/a%3Fb%25")) == {"env": "prod"}
    assert isinstance(state.tags("arn:aws:s3:::docs/none"), NoSuchThing)


def test_an_object_tells_its_key_and_one_without_a_key_of_its_own_the_key_of_its_bucket_s_account(
    backend: MotoBackend, state: BackendState
) -> None:
    s3, kms = client(backend, "s3", OTHER), client(backend, "kms", OTHER)
    key = kms.create_key()["KeyMetadata"]
    s3.create_bucket(Bucket="docs")
    s3.put_object(Bucket="docs", Key="plain", Body=b"")
    s3.put_object(
        Bucket="docs",
        Key="own",
        Body=b"",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key["KeyId"],
        BucketKeyEnabled=True,
    )
    s3.put_object(Bucket="docs", Key="managed", Body=b"", ServerSideEncryption="aws:kms")
    plain, own, managed = (state.encryption(f"arn:aws:s3:::docs/{name}") for name in ("plain", "own", "managed"))
    assert isinstance(plain, Known)
    assert plain.value.algorithm == "AES256"
    assert isinstance(own, Known)
    assert (own.value.key_arn, own.value.bucket_key) == (key["Arn"], True)
    assert isinstance(managed, Known)
    assert str(managed.value.key_arn).startswith(f"arn:aws:kms:{REGION}:{OTHER}:key/")


def test_an_upload_that_began_past_the_server_is_not_known_and_one_that_is_not_there_is_nothing(
    backend: MotoBackend, state: BackendState
) -> None:
    s3 = client(backend, "s3")
    s3.create_bucket(Bucket="docs")
    upload = s3.create_multipart_upload(Bucket="docs", Key="k")["UploadId"]
    assert isinstance(state.encryption(f"arn:aws:s3:::docs/k?uploadId={upload}"), NotKnown)
    assert isinstance(state.encryption("arn:aws:s3:::docs/k?uploadId=never-begun"), NoSuchThing)


def test_an_upload_is_known_once_its_beginning_was_seen(account: EmbeddedAccount, backend: MotoBackend) -> None:
    from passrole.activity.bind.state import Encryption

    kept = KeptReadings(backend)
    kept.upload_began("u1", Encryption("aws:kms", "arn:key"))
    assert kept.for_call().encryption_of_upload("u1") == Encryption("aws:kms", "arn:key")
    kept.upload_ended("u1")
    assert kept.for_call().encryption_of_upload("u1") is None


def test_kms_tells_what_aliases_stand_for_and_which_key_made_a_ciphertext(
    backend: MotoBackend, state: BackendState
) -> None:
    kms = client(backend, "kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key["KeyId"])
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert value(state.stands_for(f"arn:aws:kms:{HERE}:alias/app")) == key["Arn"]
    assert isinstance(state.stands_for(f"arn:aws:kms:{HERE}:alias/none"), NoSuchThing)
    assert value(state.key_of_ciphertext(blob)) == key["Arn"]
    assert isinstance(state.key_of_ciphertext(b"nothing of ours, and long enough to hold an id"), NoSuchThing)
    assert value(state.attribute(key["Arn"], "kms:ResourceAliases")) == ("alias/app",)
    assert value(state.attribute(key["Arn"], "kms:MultiRegion")) == "false"
    assert isinstance(state.attribute(key["Arn"], "kms:MultiRegionKeyType"), NoSuchThing)


def test_a_key_that_aws_manages_is_there_before_a_backend_has_made_it(state: BackendState) -> None:
    once = state.stands_for(f"arn:aws:kms:{HERE}:alias/aws/sqs")
    assert str(value(once)).startswith(f"arn:aws:kms:{HERE}:key/")
    assert state.stands_for(f"arn:aws:kms:{HERE}:alias/aws/sqs") == once
    assert isinstance(state.stands_for(f"arn:aws:kms:{HERE}:alias/aws/nothing-of-aws"), NoSuchThing)


def test_ec2_tells_tags_attributes_and_what_ids_lead_to(backend: MotoBackend, state: BackendState) -> None:
    ec2 = client(backend, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=7, VolumeType="gp3")["VolumeId"]
    ec2.create_tags(Resources=[volume], Tags=[{"Key": "env", "Value": "prod"}])
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "m5.large"})
    start = f"arn:aws:ec2:{HERE}:"
    assert value(state.tags(f"{start}volume/{volume}")) == {"env": "prod"}
    assert value(state.attribute(f"{start}volume/{volume}", "ec2:VolumeSize")) == "7"
    assert value(state.attribute(f"{start}volume/{volume}", "ec2:Encrypted")) == "false"
    assert value(state.attribute(f"{start}subnet/{subnet}", "ec2:Vpc")) == f"{start}vpc/{vpc}"
    assert isinstance(state.attribute(f"{start}volume/vol-1234567890abcdef0", "ec2:VolumeSize"), NoSuchThing)
    assert isinstance(state.encryption(f"{start}volume/{volume}"), NoSuchThing)
    assert value(state.stands_for(f"{start}subnet/{association}")) == f"{start}subnet/{subnet}"
    assert value(state.stands_for(f"{start}route-table/{association}")) == f"{start}route-table/{table}"
    assert isinstance(state.stands_for(f"{start}internet-gateway/{association}"), NoSuchThing)
    template = str(value(state.stands_for(f"{start}launch-template/web")))
    assert template.startswith(f"{start}launch-template/lt-")
    assert value(state.content(template, "$Default")) == {"InstanceType": "m5.large"}
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    assert value(state.stands_for(f"{start}security-group/default/{subnet}")) == (
        f"{start}security-group/{groups[0]['GroupId']}"
    )


def test_roles_and_profiles_are_those_of_the_server(account: EmbeddedAccount, backend: MotoBackend) -> None:
    iam = account.client("iam")
    trust = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}],
        }
    )
    made = iam.create_role(
        RoleName="app", Path="/team/", AssumeRolePolicyDocument=trust, Tags=[{"Key": "a", "Value": "b"}]
    )
    iam.create_instance_profile(InstanceProfileName="app")
    iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    arn = made["Role"]["Arn"]
    with account.store.reading() as connection:
        view = account.store.view(connection)
        state = BackendState(Place(KeptReadings(backend).for_call(), "ec2", REGION, view, (ACCOUNT,)))
        assert value(state.stands_for(f"arn:aws:iam::{ACCOUNT}:instance-profile/app")) == arn
        assert value(state.stands_for(f"arn:aws:iam::{ACCOUNT}:role/app")) == arn
        assert value(state.tags(arn)) == {"a": "b"}
        assert isinstance(state.stands_for(f"arn:aws:iam::{ACCOUNT}:instance-profile/none"), NoSuchThing)
        assert isinstance(state.tags("arn:aws:iam::999999999999:role/app"), NotKnown)


def test_a_parameter_is_found_with_and_without_its_slash(backend: MotoBackend, state: BackendState) -> None:
    ssm = client(backend, "ssm")
    ssm.put_parameter(Name="/app/pw", Value="x", Type="SecureString")
    ssm.put_parameter(Name="flat", Value="x", Type="String", Tags=[{"Key": "a", "Value": "b"}])
    secure = state.encryption(f"arn:aws:ssm:{HERE}:parameter/app/pw")
    assert isinstance(secure, Known)
    assert secure.value.algorithm == "aws:kms"
    assert value(state.tags(f"arn:aws:ssm:{HERE}:parameter/flat")) == {"a": "b"}


@pytest.mark.parametrize("resource", ["not-an-arn", "arn:aws:nosuchservice:us-east-1:111122223333:thing/1"])
def test_what_nobody_reads_is_not_known(state: BackendState, resource: str) -> None:
    assert isinstance(state.tags(resource), NotKnown)
    assert isinstance(state.encryption(resource), NotKnown)
    assert isinstance(state.stands_for(resource), NotKnown)
    assert isinstance(state.attribute(resource, "x:y"), NotKnown)


def test_readings_are_kept_until_something_is_written(account: EmbeddedAccount, backend: MotoBackend) -> None:
    s3 = client(backend, "s3")
    s3.create_bucket(Bucket="docs")
    kept = KeptReadings(backend)

    def tags() -> object:
        with account.store.reading() as connection:
            place = Place(kept.for_call(), "s3", REGION, account.store.view(connection), (ACCOUNT,))
            return BackendState(place).tags("arn:aws:s3:::docs/a")

    assert isinstance(tags(), NoSuchThing)
    s3.put_object(Bucket="docs", Key="a", Body=b"", Tagging="x=1")
    assert value(tags()) == {"x": "1"}
    s3.put_object_tagging(Bucket="docs", Key="a", Tagging={"TagSet": [{"Key": "x", "Value": "2"}]})
    assert value(tags()) == {"x": "2"}
