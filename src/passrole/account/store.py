"""Accounts kept in an SQLite file: a transaction that has ended is on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DatabaseError

from passrole.account.account_file import database_failures_explained, explanation_of, prepare
from passrole.account.accounts import AccountIdentity, find_account, list_accounts
from passrole.account.administrator import AdministratorKey, find_administrator_key
from passrole.account.callers import Caller
from passrole.account.clock import Clock, system_clock
from passrole.account.context import AccountView, CallContext, no_pause
from passrole.account.decision_log.decision_log import DecisionLog, log_path
from passrole.account.generation import begin_watching, raise_generation, raise_tentatively, watch_writes
from passrole.account.ids import Ids, RandomIds
from passrole.account.kept_connections import KeptConnections
from passrole.account.opening import Wanted, check_account_id, make_account, open_account
from passrole.account.organization_store import find_organization, set_organization
from passrole.account.organization_tree import OrganizationTree
from passrole.account.quotas import AccountQuotas
from passrole.account.read_before import begin_remembering
from passrole.account.reset import reset_account
from passrole.account.sqlite_engine import open_engine
from passrole.account.tables import account_file
from passrole.account.work_turns import WorkTurns
from passrole.account.write_batch import WriteBatch
from passrole.account.write_turns import NOTHING, WriteTurns
from passrole.engine.request import ContextValue, Principal, PrincipalType


class _Reading:
    """Every request has one. Written out: context managers within each other take longer than the transaction."""

    __slots__ = ("_connection", "_connections", "_path")

    def __init__(self, path: Path, connections: KeptConnections) -> None:
        self._path = path
        self._connections = connections

    def __enter__(self) -> Connection:
        try:
            self._connection = self._connections.begin()
        except DatabaseError as error:
            self._explain(error)
            raise
        begin_remembering(self._connection)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._connections.end(self._connection, error)
        except DatabaseError as failure:
            self._explain(failure)
            raise
        if isinstance(error, DatabaseError):
            self._explain(error)

    def _explain(self, failure: DatabaseError) -> None:
        explained = explanation_of(failure, self._path)
        if explained is not None:
            raise explained from failure


class AccountStore:
    """The accounts of one file. Threads and processes may share the file; each transaction sees one state of it.

    `account_id` is the account that is meant where none is named: the one that was asked for when it was opened, or
    else the file's first (of an organization, its management account). `partition` is that of all its accounts.
    """

    def __init__(
        self,
        path: Path,
        engine: Engine,
        *,
        account_id: str,
        partition: str,
        clock: Clock,
        ids: Ids,
        quotas: AccountQuotas,
    ) -> None:
        self.path = path
        self.account_id = account_id
        self.partition = partition
        self.clock = clock
        self.ids = ids
        self.quotas = quotas
        self.at_work = WorkTurns()
        """Held while a call is worked on. The interpreter lets no two threads work at once, and hands its own lock
        around with every statement: whoever waits for this one costs nothing."""
        self.decisions = DecisionLog(log_path(path), at_work=self.at_work)
        self._engine = engine
        self._connections = KeptConnections(engine)
        self._turns = WriteTurns(self._connections)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        account_id: str | None = None,
        partition: str | None = None,
        clock: Clock = system_clock,
        ids: Ids | None = None,
        quotas: AccountQuotas | None = None,
    ) -> AccountStore:
        """Open the file at `path`, making it with one account and its administrator when there is none.

        Without `account_id` and `partition` the file's own are taken; a new one gets 111122223333 in `aws`. A file of
        an older passrole is migrated, beside a copy of it as it was.
        Raises ConfigurationError for a file that cannot be used, for an account that it does not hold and for an id
        that is none; UnknownPartitionError.
        """
        prepare(path)
        ids = ids or RandomIds()
        with database_failures_explained(path):
            reader, writer = open_engine(path)
            watch_writes(reader)
            try:
                found = open_account(path, reader, writer, Wanted(account_id, partition), clock, ids)
            except BaseException:
                reader.dispose()
                raise
        return cls(
            path,
            reader,
            account_id=found.account_id,
            partition=found.partition,
            clock=clock,
            ids=ids,
            quotas=quotas or AccountQuotas(),
        )

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that sees one state of the account from its first statement to its end."""
        return _Reading(self.path, self._connections)

    @contextmanager
    def writing(self, at_work: AbstractContextManager[object] = NOTHING) -> Iterator[Connection]:
        """A transaction that excludes other writers from its beginning. It is on disk when this ends.

        An exception rolls everything back. Threads that write at once share a sync of the disk (see `write_turns`);
        one transaction must not begin within another. `at_work` is held while the block runs, and not while it waits.
        """
        with (
            database_failures_explained(self.path),
            self._turns.write(begin_watching, raise_generation, at_work) as connection,
        ):
            yield connection

    def batch(self) -> WriteBatch:
        """Writes of one thread that are committed together. It waits for nobody; see `write_batch`."""
        return WriteBatch(self._turns, self._connections, begin_watching, raise_tentatively)

    def view(self, connection: Connection, account_id: str | None = None) -> AccountView:
        return AccountView(connection, account_id or self.account_id, self.partition)

    def context(
        self,
        connection: Connection,
        caller: Caller,
        *,
        region: str = "us-east-1",
        request_context: Mapping[str, ContextValue] | None = None,
        pause: Callable[[], None] = no_pause,
    ) -> CallContext:
        """A call in the caller's account; a service is in none, and calls in `self.account_id`."""
        return CallContext(
            connection=connection,
            account_id=caller.principal.account or self.account_id,
            partition=self.partition,
            caller=caller,
            now=self.clock(),
            ids=self.ids,
            quotas=self.quotas,
            region=region,
            request_context=request_context or {},
            decisions=self.decisions,
            pause=pause,
        )

    def account_context(self, connection: Connection, account_id: str) -> CallContext:
        """What the owner of the file does in an account, without a call: as its root user."""
        root = Principal(PrincipalType.ROOT_USER, f"arn:{self.partition}:iam::{account_id}:root", account_id)
        return self.context(connection, Caller(root, account_id))

    def reset(self, account_id: str | None = None) -> None:
        """Take everything out of an account, or of every account of the file, but the administrator and its keys."""
        with self.writing() as connection:
            for each in list_accounts(connection):
                if account_id in (None, each.account_id):
                    reset_account(self.view(connection, each.account_id), now=self.clock(), ids=self.ids)

    def generation(self) -> int:
        """Rises with every transaction that wrote what decides (see `generation`), whichever process it was in."""
        with self.reading() as connection:
            generation: int = connection.execute(select(account_file.c.generation)).scalar_one()
            return generation

    def accounts(self) -> list[AccountIdentity]:
        with self.reading() as connection:
            return list_accounts(connection)

    def add_account(self, account_id: str) -> bool:
        """Make another account in the file, with an administrator of its own. Whether it was not there yet.

        Raises ConfigurationError for an id that is none.
        """
        check_account_id(account_id)
        with self.writing() as connection:
            if find_account(connection, account_id) is not None:
                return False
            made = AccountIdentity(account_id, self.partition)
            make_account(connection, made, now=self.clock(), ids=self.ids)
            return True

    def organize(self, tree: OrganizationTree) -> tuple[str, ...]:
        """Put the organization over the file's accounts, making those that are missing; the answer is their ids.

        Nothing is written, and no generation raised, when the file has just this organization. Its management account
        becomes the one that is meant where none is named.
        """
        with self.reading() as connection:
            known = {account.account_id for account in list_accounts(connection)}
            if find_organization(connection) == tree and known.issuperset(tree.account_ids()):
                self.account_id = tree.management_account_id
                return ()
        with self.writing() as connection:
            missing = [each for each in tree.account_ids() if find_account(connection, each) is None]
            for account_id in missing:
                made = AccountIdentity(account_id, self.partition)
                make_account(connection, made, now=self.clock(), ids=self.ids)
            set_organization(connection, tree)
        self.account_id = tree.management_account_id
        return tuple(missing)

    def organization(self) -> OrganizationTree | None:
        with self.reading() as connection:
            return find_organization(connection)

    def administrator(self, account_id: str | None = None) -> AdministratorKey:
        """Raises ConfigurationError when the administrator or its keys were deleted."""
        with self.reading() as connection:
            return find_administrator_key(self.view(connection, account_id))

    def close(self) -> None:
        self.decisions.close()
        self._connections.close()
        self._engine.dispose()
