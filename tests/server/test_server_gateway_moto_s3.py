"""Operations of S3 that moto would take for others: what was decided as one is not carried out as another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.server.gateway_served import GatewayServed, gateway

from passrole.server.gateway.moto_s3 import moto_tells_apart

BUCKET = "plain-bucket"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("moto-s3")) as found:
        found.client("s3").create_bucket(Bucket=BUCKET)
        found.client("s3").put_object(Bucket=BUCKET, Key="k", Body=b"secret")
        yield found


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_bucket_abac", {}),
        ("get_bucket_request_payment", {}),
        ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
        ("get_bucket_analytics_configuration", {"Id": "x"}),
        ("delete_bucket_analytics_configuration", {"Id": "x"}),
        ("delete_bucket_inventory_configuration", {"Id": "x"}),
        ("delete_bucket_metrics_configuration", {"Id": "x"}),
        ("delete_bucket_intelligent_tiering_configuration", {"Id": "x"}),
        ("get_object_retention", {"Key": "k"}),
        ("get_object_torrent", {"Key": "k"}),
    ],
)
def test_a_call_that_moto_does_not_tell_apart_does_nothing(
    served: GatewayServed, operation: str, parameters: dict[str, Any]
) -> None:
    s3 = served.client("s3")
    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket=BUCKET, **parameters)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"secret"


def test_operations_of_other_hosts_are_told_apart_by_nothing() -> None:
    told = {name: moto_tells_apart(name) for name in ("ListDirectoryBuckets", "WriteGetObjectResponse", "ListBuckets")}
    assert told == {"ListDirectoryBuckets": False, "WriteGetObjectResponse": False, "ListBuckets": True}
