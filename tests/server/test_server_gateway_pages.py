"""The pages of the server's own: health for whoever waits for it, and the reset between tests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.gateway_served import GatewayServed, gateway

from passrole.errors import UsageError
from passrole.server.http import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayServed]:
    with gateway(tmp_path_factory.mktemp("pages"), allow_reset=True, account_id="000000000000") as found:
        yield found


def page(served: GatewayServed, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(served.url + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, {}


def names(served: GatewayServed) -> tuple[list[str], list[str]]:
    users = [each["UserName"] for each in served.client("iam").list_users()["Users"]]
    return users, [each["Name"] for each in served.client("s3").list_buckets()["Buckets"]]


def test_health_tells_the_backend_and_the_mode(served: GatewayServed) -> None:
    status, report = page(served, "/_passrole/health")
    assert status == 200
    assert report["gateway"] == {
        "backend": "moto in this process",
        "state_lasts": False,
        "enforcement": "enforce",
        "unmapped": "refuse",
    }


def test_readiness_is_found_where_localstack_has_it(served: GatewayServed) -> None:
    status, report = page(served, "/_localstack/health")
    services = report["services"]
    assert isinstance(services, dict)
    assert (status, services["s3"], services["iam"]) == (200, "available", "available")


@pytest.mark.parametrize(
    "path", ["/_passrole/reset", "/_localstack/state/reset", "/moto-api/reset", "//moto-api/reset"]
)
def test_a_reset_empties_accounts_and_backend_and_the_administrator_goes_on(served: GatewayServed, path: str) -> None:
    served.user("someone")
    served.client("s3").create_bucket(Bucket="something")
    assert names(served) == (["passrole-admin", "someone"], ["something"])
    assert page(served, path, "POST")[0] == 200
    assert names(served) == (["passrole-admin"], [])


def test_users_and_roles_may_stay(served: GatewayServed) -> None:
    served.user("staying")
    served.client("s3").create_bucket(Bucket="going")
    assert page(served, "/_passrole/reset?only=backend", "POST") == (200, {"reset": ["backend"]})
    assert names(served) == (["passrole-admin", "staying"], [])


def test_one_account_of_several_may_be_reset(served: GatewayServed) -> None:
    served.served.store.add_account("444455556666")
    served.client("s3").create_bucket(Bucket="kept-bucket")
    assert page(served, "/_passrole/reset?account=444455556666", "POST")[0] == 200
    assert names(served)[1] == ["kept-bucket"]
    assert page(served, "/_passrole/reset?acount=444455556666", "POST")[0] == 404


def test_a_web_page_resets_nothing(served: GatewayServed) -> None:
    assert page(served, "/_passrole/reset", "POST", Origin="https://evil.example")[0] == 403
    assert page(served, "/_passrole/reset", "POST", Host="evil.example")[0] == 403


def test_without_the_flag_nothing_is_reset(tmp_path: Path) -> None:
    with gateway(tmp_path) as served:
        served.client("s3").create_bucket(Bucket="there-still")
        for path in ("/_passrole/reset", "/_localstack/state/reset", "/moto-api/reset"):
            assert page(served, path, "POST")[0] == 403
        assert names(served)[1] == ["there-still"]


def test_the_flag_is_for_this_machine_alone(tmp_path: Path) -> None:
    settings = {"host": "0.0.0.0", "allow_other_machines": True, "allow_reset": True}
    with pytest.raises(UsageError), serving(tmp_path / "a.db", **settings):
        pass
