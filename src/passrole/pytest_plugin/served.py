"""The account that tests use, served from this process, and what a test is handed of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from passrole.account.contents import contents_of, put_back
from passrole.account.enforcement import Enforcement
from passrole.account.store import AccountStore
from passrole.catalog.partitions import partition_of_region
from passrole.provision.clients import Target
from passrole.server.embedded import Credentials, EmbeddedAccount
from passrole.server.gate import Gate
from passrole.server.gateway.enforcement import GatewayMode
from passrole.server.gateway.moto_backend import MotoBackend, is_installed
from passrole.server.gateway.opening import GatewayOptions
from passrole.server.http import ServedAccount, serving
from passrole.server.served_session import ServedSession

if TYPE_CHECKING:
    from botocore.client import BaseClient


@dataclass(frozen=True, slots=True)
class PassroleServer:
    """A `ClientFactory` of the account's administrator. `region` is that of the sessions that are made here."""

    served: ServedAccount
    region: str
    _administrators: dict[tuple[str, str], BaseClient] = field(default_factory=dict)
    """Clients by access key and service: making one takes botocore longer than any call."""
    _enforced: list[EmbeddedAccount] = field(default_factory=list)
    """The account with a gate of its own, once it is asked for."""
    _forgotten: list[int] = field(default_factory=lambda: [0])
    """The version of the other services' state when it was empty last. moto is not even imported for nothing."""

    @property
    def endpoint_url(self) -> str:
        return self.served.endpoint_url

    @property
    def store(self) -> AccountStore:
        return self.served.store

    @property
    def account_id(self) -> str:
        return self.store.account_id

    @property
    def account_file(self) -> Path:
        """For `passrole why ID --account-file FILE` after the tests."""
        return self.store.path

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which any AWS client finds the account, as its administrator."""
        return {**self.served.environment().variables(), **self._region_variables()}

    def environment_of(self, credentials: Credentials) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_SESSION_TOKEN": credentials.session_token or "",
            **self._region_variables(),
        }

    def client(self, service: str) -> BaseClient:
        """A botocore client as the account's administrator."""
        key = self.store.administrator()
        made = self._administrators.get((key.access_key_id, service))
        if made is None:
            made = self.session_of(Credentials(key.access_key_id, key.secret)).client(service)
            self._administrators[key.access_key_id, service] = made
        return made

    def enforced_client(self, service: str) -> BaseClient:
        """The same of IAM or STS where policies are enforced whatever the server was started with."""
        if self.served.server.front.gate.enforcement is Enforcement.ENFORCE:
            return self.client(service)
        if not self._enforced:
            key = self.store.administrator()
            credentials = Credentials(key.access_key_id, key.secret)
            self._enforced.append(EmbeddedAccount(self.store, Gate(self.store), credentials, self.region))
        return self._enforced[0].client(service)

    def describe(self) -> Target:
        return Target("endpoint", self.endpoint_url, self.region)

    @property
    def answers_other_services(self) -> bool:
        return self.served.server.front.gateway is not None

    def session_of(self, credentials: Credentials) -> ServedSession:
        return ServedSession(self.endpoint_url, self.region, credentials)

    @contextmanager
    def one_test(self) -> Iterator[AccountOfTest]:
        """The account, as it is now again when the block has ended."""
        before = contents_of(self.store)
        try:
            yield AccountOfTest(self)
        finally:
            put_back(self.store, before)
            self._forget()

    def _forget(self) -> None:
        """What other services store cannot be put back, only forgotten."""
        gateway = self.served.server.front.gateway
        if gateway is None or not isinstance(gateway.backend, MotoBackend):
            return
        if gateway.backend.writes() != self._forgotten[0]:
            gateway.backend.reset()
            self._forgotten[0] = gateway.backend.writes()

    def _region_variables(self) -> dict[str, str]:
        return {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}


@dataclass(frozen=True, slots=True)
class AccountOfTest:
    """What the fixture `passrole_account` gives. `client` and `environment` are the administrator's."""

    server: PassroleServer

    @property
    def account_id(self) -> str:
        return self.server.account_id

    @property
    def endpoint_url(self) -> str:
        return self.server.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        return self.server.environment

    def client(self, service: str) -> BaseClient:
        return self.server.client(service)


@contextmanager
def running(folder: Path, account_id: str, region: str, mode: str) -> Iterator[PassroleServer]:
    """With moto behind for other services than IAM and STS where it is installed; `mode` is of an `Enforcement`."""
    enforcement, partition = Enforcement(mode), partition_of_region(region)
    options = GatewayOptions(GatewayMode(enforcement), warm_up=False) if is_installed() else None
    with serving(
        folder / "account.db",
        account_id=account_id,
        partition=partition,
        gateway=options,
        enforcement=enforcement,
    ) as served:
        yield PassroleServer(served, region)
