"""Where calls go and what goes wrong with them: resolved as the AWS CLI does, told as a person needs it."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from passrole.errors import ConfigurationError, PassroleError, UsageError
from passrole.provision.call import call, call_list
from passrole.provision.clients import BotocoreClients
from passrole.provision.errors import (
    AccessDeniedError,
    CredentialsError,
    NoSuchEntityError,
    RefusedCallError,
    UnreachableError,
)
from passrole.provision.identity import identify


def config(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> None:
    (folder / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))


def test_an_endpoint_of_its_own_is_an_endpoint_and_answers(moto_url: str) -> None:
    clients = BotocoreClients(endpoint_url=moto_url)
    assert (clients.describe().kind, clients.describe().endpoint) == ("endpoint", moto_url)
    assert identify(clients).account_id == "123456789012"
    assert clients.client("iam") is clients.client("iam")


@pytest.mark.parametrize(
    "variables",
    [
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_IAM": "http://127.0.0.1:4566"},
    ],
)
def test_endpoints_of_the_environment_count(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    target = BotocoreClients().describe()
    assert (target.kind, target.endpoint) == ("endpoint", "http://127.0.0.1:4566")


def test_the_option_wins_over_the_environment_which_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert BotocoreClients(endpoint_url="http://127.0.0.1:9").describe().endpoint == "http://127.0.0.1:9"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert BotocoreClients().describe().kind == "real AWS"


def test_the_endpoint_of_a_profile_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config(monkeypatch, tmp_path, "[profile local]\nendpoint_url = http://127.0.0.1:4566\nregion = eu-west-1\n")
    target = BotocoreClients(profile="local").describe()
    assert (target.kind, target.region, target.profile) == ("endpoint", "eu-west-1", "local")
    assert BotocoreClients().describe().kind == "real AWS"


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1"])
def test_real_aws_is_known_by_its_hosts_in_every_partition(region: str) -> None:
    assert BotocoreClients(region=region).describe().kind == "real AWS"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://iam.amazonaws.com", "real AWS"),
        ("https://IAM.AMAZONAWS.COM.", "real AWS"),
        ("https://vpce-1.iam.us-east-1.vpce.amazonaws.com", "real AWS"),
        ("https://iam.us-east-1.api.aws", "real AWS"),
        ("https://amazonaws.com.example.org", "endpoint"),
        ("https://notamazonaws.com", "endpoint"),
        ("http://localhost.localstack.cloud:4566", "endpoint"),
        ("http://[::1]:4566", "endpoint"),
    ],
)
def test_whether_it_is_real_aws_is_judged_by_the_host(url: str, kind: str) -> None:
    assert BotocoreClients(endpoint_url=url).describe().kind == kind


def test_iam_and_sts_at_different_places_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:4566")
    with pytest.raises(ConfigurationError, match=r"calls of IAM would go to https://iam\.amazonaws\.com"):
        BotocoreClients().describe()


def test_the_region_is_the_options_then_aws_regions_then_the_older_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert BotocoreClients().describe().region == "us-east-1"
    config(monkeypatch, tmp_path, "[default]\nregion = eu-west-3\n")
    assert BotocoreClients().describe().region == "eu-west-3"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert BotocoreClients().describe().region == "eu-west-2"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert BotocoreClients().describe().region == "eu-west-1"
    assert BotocoreClients(region="eu-north-1").describe().region == "eu-north-1"


def test_a_profile_that_is_not_there_and_a_config_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as missing:
        BotocoreClients(profile="nobody")
    assert "nobody" in missing.value.causes[0]
    config(monkeypatch, tmp_path, "[profile x\nnot a config file")
    with pytest.raises(ConfigurationError):
        BotocoreClients(profile="x")


@pytest.mark.parametrize("url", ["nonsense", "http://", "http://a b", ""])
def test_an_endpoint_that_is_no_url_is_said(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        BotocoreClients(endpoint_url=url).describe()
    assert "--endpoint-url http" in (refused.value.help or "")


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CredentialsError) as refused:
        identify(BotocoreClients(endpoint_url="http://127.0.0.1:1"))
    assert "--profile" in (refused.value.help or "")
    assert refused.value.exit_code == 253


def test_an_endpoint_that_nobody_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    with pytest.raises(UnreachableError) as refused:
        identify(BotocoreClients(endpoint_url=f"http://127.0.0.1:{port}"))
    assert f"127.0.0.1:{port}" in refused.value.message
    assert refused.value.exit_code == 253


class Answers:
    """A server that gives one answer to everything."""

    def __init__(self, status: int, body: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def error(self, operation: str = "GetRole") -> PassroleError:
        client = BotocoreClients(endpoint_url=self.url).client("iam")
        with pytest.raises(PassroleError) as raised:
            call(client, operation, {"RoleName": "vmimport"})
        self.server.shutdown()
        return raised.value


def xml(code: str, message: str) -> str:
    return (
        '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>x</RequestId></ErrorResponse>"
    )


def test_denied_access_keeps_the_action_and_awss_words() -> None:
    message = (
        "User: arn:aws:iam::111122223333:user/x is not authorized to perform: iam:PassRole on resource: "
        "arn:aws:iam::111122223333:role/r because no identity-based policy allows the iam:PassRole action"
    )
    error = Answers(403, xml("AccessDenied", message)).error()
    assert isinstance(error, AccessDeniedError)
    assert (error.action, error.aws_message, error.exit_code) == ("iam:PassRole", message, 254)
    assert "--operator-policy" in (error.help or "")


def test_denied_access_without_a_named_action_is_the_operations() -> None:
    error = Answers(403, xml("AccessDenied", "Access Denied")).error()
    assert isinstance(error, AccessDeniedError)
    assert error.action == "iam:GetRole"


@pytest.mark.parametrize(
    ("code", "status", "type_", "certain"),
    [
        ("NoSuchEntity", 404, NoSuchEntityError, True),
        ("EntityAlreadyExists", 409, RefusedCallError, True),
        ("ServiceFailure", 500, RefusedCallError, False),
    ],
)
def test_refusals_keep_their_code(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int, type_: type, certain: bool
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    error = Answers(status, xml(code, "why")).error()
    assert type(error) is type_
    assert isinstance(error, RefusedCallError)
    assert (error.aws_code, error.certain, error.causes) == (code, certain, (f"{code}: why",))


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch"])
def test_credentials_that_are_not_accepted(code: str) -> None:
    assert isinstance(Answers(403, xml(code, "no")).error(), CredentialsError)


@pytest.mark.parametrize("body", ["<html>not AWS</html", "", "plain text"])
def test_a_server_that_is_not_aws(body: str) -> None:
    error = Answers(200, body).error()
    assert isinstance(error, UnreachableError)
    assert "GetRole" in error.message


def test_a_name_that_iam_cannot_take() -> None:
    client = BotocoreClients(endpoint_url="http://127.0.0.1:1").client("iam")
    with pytest.raises(UsageError) as raised:
        call(client, "GetRole", {"RoleName": ""})
    assert "RoleName" in raised.value.causes[0]


def test_pages_without_end_are_noticed() -> None:
    page = (
        '<ListRolesResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ListRolesResult><Roles/>'
        "<IsTruncated>true</IsTruncated><Marker>same</Marker></ListRolesResult></ListRolesResponse>"
    )
    server = Answers(200, page)
    client: Any = BotocoreClients(endpoint_url=server.url).client("iam")
    with pytest.raises(UnreachableError, match="without end"):
        call_list(client, "ListRoles", {}, "Roles")
    server.server.shutdown()
