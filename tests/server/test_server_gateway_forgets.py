"""What moto stores of one account is forgotten, and that of another stays."""

from __future__ import annotations

from pathlib import Path

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
