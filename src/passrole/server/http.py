"""`passrole serve`: an account on a port of this machine, for any client that speaks to AWS."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from passrole.account.enforcement import Enforcement
from passrole.account.organization_tree import OrganizationTree
from passrole.account.quotas import AccountQuotas
from passrole.account.store import AccountStore
from passrole.catalog.partitions import iam_region
from passrole.errors import ConfigurationError, UsageError
from passrole.server.client_environment import ClientEnvironment, Started
from passrole.server.desk import AccountServer
from passrole.server.endpoint_guard import is_loopback
from passrole.server.front import Front
from passrole.server.gate import Gate
from passrole.server.stop_signals import told_to_stop

if TYPE_CHECKING:
    from passrole.server.gateway.gateway import Gateway
    from passrole.server.gateway.opening import GatewayOptions

LOOPBACK: Final = "127.0.0.1"
DEFAULT_PORT: Final = 4700
Say = Callable[[str], None]
_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (nothing is bound here)
"""Addresses that a server listens on and no client calls, with the one by which this machine reaches it."""


@dataclass(frozen=True, slots=True)
class ServedAccount:
    """A running server: where it listens, and what a client needs to be its administrator."""

    endpoint_url: str
    store: AccountStore
    server: AccountServer

    def environment(self) -> ClientEnvironment:
        """Raises ConfigurationError when the administrator or its keys were deleted."""
        return _administrator_environment(self.store, self.endpoint_url)


def environment_of(account_file: Path, endpoint_url: str, account_id: str | None = None) -> ClientEnvironment:
    """The administrator's settings for `endpoint_url`, for the owner of the account file; nothing is made.

    Raises ConfigurationError when there is no such file or no such account in it, or the administrator or its keys
    were deleted.
    """
    if not account_file.exists():
        raise ConfigurationError(
            f"there is no account file `{account_file}`", help=f"make it: passrole serve --account-file {account_file}"
        )
    store = AccountStore.open(account_file, account_id=account_id)
    try:
        return _administrator_environment(store, endpoint_url)
    finally:
        store.close()


def _administrator_environment(store: AccountStore, endpoint_url: str) -> ClientEnvironment:
    administrator = store.administrator(store.account_id)
    return ClientEnvironment(
        endpoint_url, administrator.access_key_id, administrator.secret, iam_region(store.partition)
    )


Prepare = Callable[[ServedAccount, threading.Event], None]
"""What is to be done before a server is ready; the event says that it is to end."""


@contextmanager
def serving(
    account_file: Path,
    *,
    host: str = LOOPBACK,
    port: int = 0,
    allow_other_machines: bool = False,
    allowed_hosts: Collection[str] = (),
    account_id: str | None = None,
    partition: str | None = None,
    organization: OrganizationTree | None = None,
    unsafe_test_credentials: bool = False,
    quotas: AccountQuotas | None = None,
    gateway: GatewayOptions | None = None,
    allow_reset: bool = False,
    enforcement: Enforcement = Enforcement.ENFORCE,
    is_ready: bool = True,
) -> Iterator[ServedAccount]:
    """Serve a file's accounts from threads of this process until the block ends; port 0 takes a free one.

    `quotas` are AWS's defaults unless given. With `organization` the file's accounts are put under it, and those that
    are missing are made. With `gateway` calls to other services than IAM and STS are answered too. `allow_reset`
    lets everybody on this machine empty the accounts with a POST. `enforcement` is of IAM and STS; of other services
    the gateway's options say it. Without `is_ready` the health check says that the server is starting, until its front
    is told otherwise.
    Raises UsageError for an address that other machines could reach without `allow_other_machines`, and for one that
    they can reach together with `unsafe_test_credentials`; ConfigurationError when the file or the port cannot be used.
    """
    if not is_loopback(host) and not allow_other_machines:
        raise UsageError(
            f"`{host}` can be reached from other machines, over HTTP that anyone on the way can read",
            help=f"serve this machine only: --host {LOOPBACK}; or, if you mean it, add --allow-other-machines",
        )
    if not is_loopback(host) and unsafe_test_credentials:
        raise UsageError(
            f"`{host}` can be reached from other machines, and well-known credentials would let anyone in",
            help="leave out --unsafe-test-credentials, or serve this machine only",
        )
    if not is_loopback(host) and allow_reset:
        raise UsageError(
            f"`{host}` can be reached from other machines, and whoever reaches it could empty the accounts",
            help="leave out --allow-reset, or serve this machine only",
        )
    if organization is not None and account_id is None and not account_file.exists():
        account_id = organization.management_account_id
    store = AccountStore.open(account_file, account_id=account_id, partition=partition, quotas=quotas)
    try:
        if organization is not None:
            store.organize(organization)
        gate = Gate(store, unsafe_test_credentials=unsafe_test_credentials, enforcement=enforcement)
        front = Front(gate, None if gateway is None else _gateway(gateway, gate, store), allows_reset=allow_reset)
        front.is_ready = is_ready
        server = _listen(host, port, front, allowed_hosts)
    except BaseException:
        store.close()
        raise
    thread = threading.Thread(target=server.serve_forever, name="passrole-serve", daemon=True)
    thread.start()
    try:
        yield ServedAccount(_url(host, server.server_address[1]), store, server)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        store.close()


def run_server(
    account_file: Path,
    *,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    allow_other_machines: bool = False,
    allowed_hosts: Collection[str] = (),
    account_id: str | None = None,
    partition: str | None = None,
    organization: OrganizationTree | None = None,
    unsafe_test_credentials: bool = False,
    quotas: AccountQuotas | None = None,
    gateway: GatewayOptions | None = None,
    allow_reset: bool = False,
    enforcement: Enforcement = Enforcement.ENFORCE,
    prepare: Prepare | None = None,
    say: Say = print,
) -> None:
    """Serve until SIGINT or SIGTERM, telling through `say` what is served and how to reach it.

    `prepare` is called once the server answers, and it is ready when that has returned; what it raises ends the server.
    The administrator's secret is told only when this start made the account, and only to this machine: a container's
    log is read by many. `passrole env` tells it at any time.
    """
    is_new = not account_file.exists()
    with (
        told_to_stop() as stop,
        serving(
            account_file,
            host=host,
            port=port,
            allow_other_machines=allow_other_machines,
            allowed_hosts=allowed_hosts,
            account_id=account_id,
            partition=partition,
            organization=organization,
            unsafe_test_credentials=unsafe_test_credentials,
            quotas=quotas,
            gateway=gateway,
            allow_reset=allow_reset,
            enforcement=enforcement,
            is_ready=prepare is None,
        ) as served,
    ):
        front = served.server.front
        kept = served.store.organization()
        home = served.store.account_id
        others = [each.account_id for each in served.store.accounts() if each.account_id != home]
        started = Started(
            account_ids=(home, *others),
            account_file=account_file,
            endpoint_url=served.endpoint_url,
            environment=served.environment() if is_new and is_loopback(host) else None,
            organization_id=None if kept is None else kept.id,
            reachable_from_other_machines=not is_loopback(host),
            unsafe_test_credentials=unsafe_test_credentials,
            enforcement=front.enforcement_lines(),
            backend=front.backend_line(),
        )
        say(started.message())
        if prepare is not None:
            prepare(served, stop)
            front.is_ready = True
        # What is there now stays: to look through all of AWS's models for garbage stops every call for a moment.
        gc.collect()
        gc.freeze()
        stop.wait()
        say("stopped; every answered write is in the account file")


def _gateway(options: GatewayOptions, gate: Gate, store: AccountStore) -> Gateway:
    # Imported for whoever has a gateway: it brings botocore's models along.
    from passrole.server.gateway.opening import open_gateway

    return open_gateway(options, gate, store)


def _listen(host: str, port: int, front: Front, allowed_hosts: Collection[str]) -> AccountServer:
    try:
        return AccountServer(host, port, front, allowed_hosts)
    except OSError as error:
        raise ConfigurationError(
            f"`{host}` port {port} cannot be listened on",
            causes=((error.strerror or str(error)).lower(),),
            help="take another port: passrole serve --port PORT",
        ) from error


def _url(host: str, port: int) -> str:
    host = _EVERY_ADDRESS.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
