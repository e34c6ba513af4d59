"""What moto stores of one account is forgotten, and that of another stays."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import pytest
from tests.server.gateway_served import ACCOUNT, Keys, gateway

OTHER = "444455556666"


def test_a_name_can_be_taken_again_once_its_account_is_forgotten(tmp_path: Path) -> None:
    with gateway(tmp_path) as served:
        served.served.store.add_account(OTHER)
        administrator = served.served.store.administrator(OTHER)
        other = Keys(administrator.access_key_id, administrator.secret)
        served.client("s3", other).create_bucket(Bucket="theirs")
        served.client("s3", other).put_object(Bucket="theirs", Key="k", Body=b"theirs")
        backend = served.served.server.front.gateway.backend
        for _ in range(2):
            s3 = served.client("s3")
            s3.create_bucket(Bucket="ours")
            s3.put_object(Bucket="ours", Key="k", Body=b"ours")
            backend.reset(ACCOUNT)
            assert s3.list_buckets()["Buckets"] == []
        assert served.client("s3", other).get_object(Bucket="theirs", Key="k")["Body"].read() == b"theirs"


def test_all_is_forgotten_at_once_and_not_made_anew(tmp_path: Path) -> None:
    """moto's own reset would read all images of Amazon EC2 again: what a suite pays between two tests must be small."""
    from moto.core.base_backend import BackendDict

    with gateway(tmp_path) as served:
        s3, ec2, sqs = served.client("s3"), served.client("ec2"), served.client("sqs")
        backend = served.served.server.front.gateway.backend
        for _ in range(2):
            s3.create_bucket(Bucket="ours")
            s3.put_object(Bucket="ours", Key="k", Body=b"ours")
            ec2.create_vpc(CidrBlock="10.1.0.0/16")
            sqs.create_queue(QueueName="q")
            began = time.process_time()
            backend.reset()
            assert time.process_time() - began < 0.05
            assert BackendDict._instances == []
            assert s3.list_buckets()["Buckets"] == []
            assert "QueueUrls" not in sqs.list_queues()
            assert [each["IsDefault"] for each in ec2.describe_vpcs()["Vpcs"]] == [True]


@pytest.mark.filterwarnings("error")
def test_objects_are_let_go_when_they_are_replaced_and_when_all_is_forgotten(tmp_path: Path) -> None:
    from moto.s3.models import FakeKey

    with gateway(tmp_path) as served:
        s3 = served.client("s3")
        s3.create_bucket(Bucket="ours")
        before = len(FakeKey.instances_tracked)
        gc.collect()
        made = alive(FakeKey)
        for _ in range(5):
            s3.put_object(Bucket="ours", Key="k", Body=b"ours")
        gc.collect()
        assert alive(FakeKey) - made == 1
        served.served.server.front.gateway.backend.reset()
        gc.collect()
        assert alive(FakeKey) - made == 0
        assert len(FakeKey.instances_tracked) == before


def alive(kind: type) -> int:
    return sum(type(each) is kind for each in gc.get_objects())
