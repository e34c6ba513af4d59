"""A service whose part of moto is still being imported, which takes seconds for EC2, keeps no other one waiting."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.server.gateway_served import gateway

from passrole.server.gateway import moto_handlers


def test_other_services_answer_while_one_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()
    find = moto_handlers._find

    def slowly(service: str, region: str) -> moto_handlers.Handlers:
        if service == "ses":
            begun.set()
            assert may_end.wait(60)
        return find(service, region)

    monkeypatch.setattr(moto_handlers, "_find", slowly)
    monkeypatch.delitem(moto_handlers._found, ("ses", "us-east-1"), raising=False)
    with gateway(tmp_path) as served:
        s3, ses = served.client("s3"), served.client("ses")
        s3.create_bucket(Bucket="bucket")
        listed: list[object] = []
        waiting = threading.Thread(target=lambda: listed.append(ses.list_identities()["Identities"]))
        waiting.start()
        try:
            assert begun.wait(60)
            s3.put_object(Bucket="bucket", Key="k", Body=b"x")
            assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
            assert not listed
        finally:
            may_end.set()
            waiting.join()
    assert listed == [[]]
