"""The three kinds of account that the end-to-end tests work on, by one way: embedded, served, and moto's server.

What passrole does goes through the functions that its commands use; what it did is looked at with a plain botocore
client, which knows nothing of passrole.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from tests.provision.provision_worlds import account_contents

from passrole.activity.rehearse import Rehearsal
from passrole.cli.job import make_apply_plan, rehearse_set_up
from passrole.cli.main import main
from passrole.cli.options import TargetChoice
from passrole.cli.rendering import place_of, render_for
from passrole.cli.set_ups import ChosenSetUp
from passrole.cli.target import OpenAccount, open_account
from passrole.provision.addressed import addressed_for_destroy
from passrole.provision.apply import ApplyResult, apply_plan
from passrole.provision.changes import Plan
from passrole.provision.destroy import make_destroy_plan
from passrole.provision.observe import observe
from passrole.provision.secrets import SecretStore
from passrole.recipes.desired import DesiredState, Json
from passrole.server.http import serving

KINDS = ("embedded", "served", "moto")
TEST_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Account:
    """One account of whatever kind. `options` choose it on the command line, `environment` has its credentials.

    `key_arn` and `secret_arn` are there where the account has KMS and Secrets Manager, as moto's has.
    """

    kind: str
    open: OpenAccount
    options: tuple[str, ...]
    environment: Mapping[str, str]
    key_arn: str
    secret_arn: str

    @property
    def id(self) -> str:
        return self.open.identity.account_id

    @property
    def iam(self) -> Any:
        return self.open.clients.client("iam")

    def contents(self) -> dict[str, Any]:
        """All that is in it and is not its administrator."""
        return account_contents(self.iam)

    def desired(self, recipe: str, values: Mapping[str, Json], variant: str = "corrected") -> DesiredState:
        """`{key}`, `{secret}` and `{account}` in values stand for this account's."""
        chosen = ChosenSetUp(recipe, recipe, variant, {name: self._own(value) for name, value in values.items()})
        (desired,) = render_for((chosen,), (), place_of(self.open))
        return desired

    def _own(self, value: Json) -> Json:
        if not isinstance(value, str):
            return value
        return value.replace("{key}", self.key_arn).replace("{secret}", self.secret_arn).replace("{account}", self.id)

    def plan(self, desired: DesiredState, *, exclusive: bool = False) -> Plan:
        return make_apply_plan(self.open, (desired,), exclusive=exclusive)

    def apply(self, plan: Plan, sleep: Callable[[float], None]) -> ApplyResult:
        return apply_plan(plan, self.open.clients, self.open.journal, self.secrets, sleep=sleep)

    def verify(self, desired: DesiredState) -> Rehearsal:
        return rehearse_set_up(self.open, desired)

    def destroy_plan(self, label: str) -> Plan:
        journal = self.open.journal
        addressed = addressed_for_destroy(frozenset({label}), journal.records)
        return make_destroy_plan((label,), observe(self.open.clients, addressed, self.open.identity), journal)

    @property
    def secrets(self) -> SecretStore:
        return SecretStore(self.open.secrets_folder)

    def command(self, *words: str) -> int:
        """Run `passrole WORDS` on this account, as a person with its credentials would; the exit code."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return main([*words, *self.options])


@contextmanager
def embedded_account(folder: Path, *, region: str | None = None) -> Iterator[Account]:
    file = folder / "account.db"
    with open_account(_choice(account_file=file, region=region), make=True) as opened:
        options = ("--account-file", str(file), *(("--region", region) if region else ()))
        yield Account("embedded", opened, options, {}, *_arns_of_nothing(opened))


@contextmanager
def served_account(folder: Path) -> Iterator[Account]:
    with serving(folder / "account.db") as served:
        environment = served.environment()
        credentials = {
            "AWS_ACCESS_KEY_ID": environment.access_key_id,
            "AWS_SECRET_ACCESS_KEY": environment.secret_access_key,
        }
        with _at_endpoint(served.endpoint_url, credentials) as opened:
            options = ("--endpoint-url", served.endpoint_url)
            yield Account("served", opened, options, credentials, *_arns_of_nothing(opened))


@contextmanager
def moto_account(_folder: Path) -> Iterator[Account]:
    """moto's server with the AWS managed policies that it knows, which it loads only when it is told to."""
    with moto_server() as url, moto_account_of(url, TEST_CREDENTIALS) as account:
        yield account


@contextmanager
def moto_account_of(url: str, credentials: Mapping[str, str]) -> Iterator[Account]:
    """The account of moto's server that these credentials belong to."""
    with _at_endpoint(url, credentials) as opened:
        key = raw_client(url, "kms", credentials).create_key()["KeyMetadata"]["Arn"]
        secrets = raw_client(url, "secretsmanager", credentials)
        secret = secrets.create_secret(Name="endpoint", SecretString="{}")["ARN"]
        yield Account("moto", opened, ("--endpoint-url", url), credentials, key, secret)


OPENERS: Mapping[str, Callable[[Path], AbstractContextManager[Account]]] = {
    "embedded": embedded_account,
    "served": served_account,
    "moto": moto_account,
}


class OpenAccounts:
    """One account of each kind for a module; one that a test did not leave as it was is not used again."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._opened: dict[str, tuple[ExitStack, Account]] = {}

    def get(self, kind: str) -> Account:
        if kind not in self._opened:
            stack = ExitStack()
            account = stack.enter_context(OPENERS[kind](self._factory.mktemp(kind)))
            self._opened[kind] = (stack, account)
        return self._opened[kind][1]

    def close(self, kind: str) -> None:
        self._opened.pop(kind)[0].close()

    def close_all(self) -> None:
        for kind in list(self._opened):
            self.close(kind)


@contextmanager
def moto_server() -> Iterator[str]:
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # one line a request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        server.start()
        try:
            host, port = server.get_host_and_port()
            url = f"http://{host}:{port}"
            # Other tests of this process may have left accounts behind.
            urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=60).close()
            yield url
        finally:
            server.stop()


def raw_client(url: str, service: str, credentials: Mapping[str, str] = TEST_CREDENTIALS) -> Any:
    """A client of botocore alone."""
    return botocore.session.Session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=credentials.get("AWS_SESSION_TOKEN"),
    )


@contextmanager
def _at_endpoint(url: str, credentials: Mapping[str, str]) -> Iterator[OpenAccount]:
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in credentials.items():
            patch.setenv(name, value)
        yield stack.enter_context(open_account(_choice(endpoint_url=url)))


def _choice(**given: Any) -> TargetChoice:
    nothing = dict.fromkeys(("account_file", "profile", "region", "endpoint_url", "expected_account"))
    return TargetChoice(**{**nothing, "aws": False, **given})


def _arns_of_nothing(opened: OpenAccount) -> tuple[str, str]:
    """A key and a secret that are nowhere: this account has only IAM."""
    identity, region = opened.identity, opened.region
    here = f"{region}:{identity.account_id}"
    return (
        f"arn:{identity.partition}:kms:{here}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        f"arn:{identity.partition}:secretsmanager:{here}:secret:endpoint-qeHamH",
    )
