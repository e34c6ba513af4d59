"""Sessions of an account's roles for tests: assumed as its administrator, or as the service that the role is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from passrole.account.administrator import ADMINISTRATOR_NAME
from passrole.account.as_service import assume_as_service
from passrole.account.asking import Circumstances
from passrole.account.documents import parsed
from passrole.account.role_store import find_role_by_arn, get_role
from passrole.account.service_error import ServiceError
from passrole.account.snapshot_of import snapshot_of
from passrole.cli.asked import Said
from passrole.cli.policy_files import FileLayers
from passrole.cli.question_snapshot import explain_in_snapshot
from passrole.engine.decision import Outcome
from passrole.errors import UsageError
from passrole.policy.model import PrincipalKind
from passrole.pytest_plugin.served import PassroleServer
from passrole.server.embedded import Credentials

if TYPE_CHECKING:
    from passrole.server.served_session import ServedSession

SESSION_NAME = "pytest"


class RoleSessions:
    """What the fixture `as_role` gives."""

    def __init__(self, server: PassroleServer) -> None:
        self._server = server

    def __call__(
        self,
        role: str,
        *,
        service: str | None = None,
        session_name: str = SESSION_NAME,
        source_arn: str | None = None,
        source_account: str | None = None,
        **assume_role: object,
    ) -> ServedSession:
        """A session of `role`, a name or an ARN: of boto3 where it is installed, else of botocore.

        The account's administrator assumes it, with further parameters of sts:AssumeRole (`ExternalId`, `Tags`,
        `Policy`). A role whose trust policy lets only services in is assumed as the first of them that may, or as
        `service` (`lambda.amazonaws.com`), on behalf of `source_arn` and `source_account`.
        Raises UsageError for a role that neither may assume, and where there is none.
        """
        credentials = self._credentials(role, service, session_name, source_arn, source_account, assume_role)
        session = self._server.session_of(credentials)
        if find_spec("boto3") is None:
            return session
        import boto3.session  # type: ignore[import-not-found,import-untyped,unused-ignore]  # not a dependency

        made: ServedSession = boto3.session.Session(botocore_session=session)
        return made

    def environment(self, role: str, **how: object) -> dict[str, str]:
        """The environment variables by which any AWS client finds such a session; `how` is as for the session."""
        made = self(role, **how).get_credentials()  # type: ignore[arg-type]  # the same keywords
        assert made is not None, "the session was made with them"
        frozen = made.get_frozen_credentials()
        assert frozen.access_key is not None
        assert frozen.secret_key is not None
        return self._server.environment_of(Credentials(frozen.access_key, frozen.secret_key, frozen.token))

    def _credentials(
        self,
        role: str,
        service: str | None,
        session_name: str,
        source_arn: str | None,
        source_account: str | None,
        assume_role: dict[str, object],
    ) -> Credentials:
        name = role.removeprefix("role/").rpartition("/")[2] if not role.startswith("arn:") else role
        arn, trusted = self._trusted_services(name)
        refusal: Credentials | str
        if service is None and source_arn is None and source_account is None:
            if trusted and self._lets_no_administrator_in(arn):
                refusal = "its trust policy lets services in, and not the account's administrator"
            else:
                refusal = self._as_administrator(arn, session_name, assume_role)
            if isinstance(refusal, Credentials):
                return refusal
        else:
            refusal = f"{service or 'no service'} may not assume it"
        external_id = assume_role.get("ExternalId")
        for each in (service,) if service is not None else trusted:
            try:
                made = assume_as_service(
                    self._server.store,
                    each,
                    arn,
                    session_name=session_name,
                    source_arn=source_arn,
                    source_account=source_account,
                    external_id=None if external_id is None else str(external_id),
                    region=self._server.region,
                )
            except ServiceError as error:
                refusal = error.message
            else:
                return Credentials(made.access_key_id, made.secret, made.token)
        raise UsageError(
            f"role `{name}` cannot be assumed by this test: {refusal}",
            help="let the account in by its trust policy, or assume it as its service does: "
            'as_role("NAME", service="lambda.amazonaws.com", source_arn=…)',
        )

    def _trusted_services(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The role's ARN, and the services that its trust policy names. Raises UsageError."""
        store = self._server.store
        with store.reading() as connection:
            try:
                found = (
                    find_role_by_arn(connection, name)
                    if name.startswith("arn:")
                    else get_role(store.view(connection), name)
                )
            except ServiceError as error:
                raise UsageError(
                    error.message, help="make the role in the test, or in a fixture that it uses"
                ) from error
        if found is None:
            raise UsageError(f"there is no role `{name}`", help="make it in the test, or in a fixture that it uses")
        entries = [
            entry
            for statement in parsed(found.trust_policy).statements
            if statement.principals is not None and not statement.principals.negated
            for entry in statement.principals.entries
        ]
        services = dict.fromkeys(entry.value.text for entry in entries if entry.kind is PrincipalKind.SERVICE)
        return found.entity.arn, tuple(services)

    def _lets_no_administrator_in(self, arn: str) -> bool:
        """Asked, and not tried: the denial would stand in the report of the test as if it were the test's own."""
        said = Said({}, Circumstances(), FileLayers())
        snapshot = snapshot_of(self._server.store)
        who = f"user/{ADMINISTRATOR_NAME}"
        decision = explain_in_snapshot(snapshot, who, "sts:AssumeRole", arn, said, "").decision
        return decision.outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY)

    def _as_administrator(self, arn: str, session_name: str, assume_role: dict[str, object]) -> Credentials | str:
        """The credentials, or why there are none."""
        from botocore.exceptions import ClientError

        assume: Callable[..., Mapping[str, Mapping[str, str]]] = getattr(  # noqa: B009
            # A role that lets only a service in is to be assumed as that service, also by --passrole=soft.
            self._server.enforced_client("sts"),
            "assume_role",
        )
        try:
            made = assume(RoleArn=arn, RoleSessionName=session_name, **assume_role)["Credentials"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return str(error.response["Error"]["Message"])
        return Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
