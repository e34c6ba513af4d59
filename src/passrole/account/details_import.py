"""An account written into the file from the answer of GetAccountAuthorizationDetails, also a real account's.

Names, paths, unique ids, dates and documents stay as they are. Access keys, passwords and MFA devices are not in such
an answer, and neither are descriptions and session lengths of roles: what a file has of these is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from passrole.account import entities
from passrole.account.accounts import AccountIdentity, find_account
from passrole.account.administrator import ADMINISTRATOR_NAME
from passrole.account.authorization_details import (
    attached_arns_in,
    boundary_in,
    document_in,
    inline_documents_in,
    snapshot_of_details,
    tags_in,
)
from passrole.account.context import CallContext
from passrole.account.entities import UNIQUE_ID_PREFIX, Entity, Kind
from passrole.account.json_place import JsonPlace
from passrole.account.managed import find_policy
from passrole.account.membership import add_member
from passrole.account.opening import make_account
from passrole.account.policy_store import attach, put_inline_document
from passrole.account.profile_store import add_role as add_role_to_profile
from passrole.account.reset import is_untouched, reset_account
from passrole.account.role_store import DEFAULT_MAX_SESSION_SECONDS, record_role_use
from passrole.account.service_error import ServiceError
from passrole.account.store import AccountStore
from passrole.account.tables import policies, policy_versions, roles
from passrole.account.tag_store import put_tags
from passrole.account.trust import found_principals, keep_principals
from passrole.catalog.quotas import MAX_ROLE_MAX_SESSION, MIN_ROLE_MAX_SESSION
from passrole.errors import ConfigurationError, UsageError

_LIST = {
    Kind.POLICY: "Policies",
    Kind.GROUP: "GroupDetailList",
    Kind.USER: "UserDetailList",
    Kind.ROLE: "RoleDetailList",
}
"""In the order in which they are written: what others name comes first."""
_WORD = {Kind.POLICY: "Policy", Kind.GROUP: "Group", Kind.USER: "User", Kind.ROLE: "Role"}


@dataclass(frozen=True, slots=True)
class Imported:
    """`notes` are what a person should know: an administrator that was kept, policies that nobody has here."""

    account_id: str
    counts: dict[str, int]
    notes: tuple[str, ...]


def import_details(store: AccountStore, pages: Sequence[JsonPlace], *, replace: bool) -> Imported:
    """Write the account of the pages, making it when the file has none of its id. In one transaction.

    An account that has more than its administrator is left alone unless it is to be replaced.
    Raises JsonPlaceError and UsageError for pages that cannot be used, ConfigurationError for another partition.
    """
    account = snapshot_of_details(pages)
    if account.partition != store.partition:
        raise ConfigurationError(
            f"the account is in partition {account.partition}, and `{store.path}` in {store.partition}",
            help="import it into a new file: --account-file PATH",
        )
    with store.writing() as connection:
        if find_account(connection, account.account_id) is None:
            made = AccountIdentity(account.account_id, account.partition)
            make_account(connection, made, now=store.clock(), ids=store.ids)
        ctx = store.account_context(connection, account.account_id)
        if replace:
            reset_account(ctx, now=ctx.now, ids=ctx.ids)
        elif not is_untouched(ctx):
            raise UsageError(
                f"account {account.account_id} has users, roles, groups or policies already",
                help="import into another file (--account-file PATH), or replace what is there: --replace",
            )
        try:
            return _Importer(ctx, pages).run()
        except (IntegrityError, ServiceError) as error:
            reason = error.message if isinstance(error, ServiceError) else str(error.orig)
            raise UsageError("the authorization details contradict themselves", causes=(reason,)) from error


class _Importer:
    def __init__(self, ctx: CallContext, pages: Sequence[JsonPlace]) -> None:
        self._ctx = ctx
        self._pages = pages
        self._made: dict[tuple[Kind, str], Entity] = {}
        self._notes: list[str] = []

    def run(self) -> Imported:
        found = {kind: [place for page in self._pages for place in page.items(_LIST[kind])] for kind in _LIST}
        for kind, places in found.items():
            for place in places:
                self._add(kind, place)
        for place in found[Kind.ROLE]:
            self._add_profiles(place)
        for kind in (Kind.GROUP, Kind.USER, Kind.ROLE):
            for place in found[kind]:
                self._give(kind, place)
        # Whom a trust policy means is known when everyone is there.
        for place in found[Kind.ROLE]:
            role = self._entity(Kind.ROLE, place)
            keep_principals(self._connection, role.id, found_principals(self._ctx, self._trust(place)))
        kinds = (Kind.USER, Kind.ROLE, Kind.GROUP, Kind.POLICY, Kind.INSTANCE_PROFILE)
        counts = {kind.value: sum(made is kind for made, _ in self._made) for kind in kinds}
        return Imported(self._ctx.account_id, counts, tuple(dict.fromkeys(self._notes)))

    @property
    def _connection(self) -> Connection:
        return self._ctx.connection

    def _add(self, kind: Kind, place: JsonPlace) -> None:
        arn = place.text("Arn")
        name = place.optional_text(f"{_WORD[kind]}Name") or arn.rpartition("/")[2]
        if kind is Kind.POLICY and arn.split(":")[4] != self._ctx.account_id:
            return  # One of AWS's: passrole ships them itself.
        if kind is Kind.USER and name == ADMINISTRATOR_NAME:
            self._notes.append(f"user {ADMINISTRATOR_NAME} stays as this file has it, with its keys")
            return
        entity = self._new(kind, place, name, f"{_WORD[kind]}Id", boundary=boundary_in(place))
        entities.add(self._connection, entity)
        put_tags(self._connection, entity, tags_in(place))
        if kind is Kind.POLICY:
            self._add_versions(entity, place)
        elif kind is Kind.ROLE:
            self._connection.execute(
                insert(roles).values(
                    role_id=entity.id,
                    trust_policy=self._trust(place),
                    max_session_seconds=_session_seconds(place),
                )
            )
            if place.has("RoleLastUsed") and place.at("RoleLastUsed").has("LastUsedDate"):
                last = place.at("RoleLastUsed")
                record_role_use(
                    self._connection,
                    entity.id,
                    used_at=_seconds(last.at("LastUsedDate")),
                    region=last.optional_text("Region") or self._ctx.region,
                )

    def _new(self, kind: Kind, place: JsonPlace, name: str, id_member: str, *, boundary: str | None = None) -> Entity:
        entity = Entity(
            id=place.optional_text(id_member) or self._ctx.ids.unique_id(UNIQUE_ID_PREFIX[kind]),
            kind=kind,
            name=name,
            path=place.text("Path"),
            arn=place.text("Arn"),
            created_at=_seconds(place.at("CreateDate")) if place.has("CreateDate") else self._ctx.now,
            description=place.optional_text("Description"),
            boundary_arn=boundary,
        )
        self._made[kind, entity.name] = entity
        return entity

    def _add_versions(self, policy: Entity, place: JsonPlace) -> None:
        default = _version_number(place.at("DefaultVersionId"))
        numbers = []
        for version in place.items("PolicyVersionList"):
            numbers.append(_version_number(version.at("VersionId")))
            self._connection.execute(
                insert(policy_versions).values(
                    policy_id=policy.id,
                    number=numbers[-1],
                    document=document_in(version.at("Document")),
                    created_at=_seconds(version.at("CreateDate")) if version.has("CreateDate") else policy.created_at,
                )
            )
        updated = _seconds(place.at("UpdateDate")) if place.has("UpdateDate") else policy.created_at
        self._connection.execute(
            insert(policies).values(
                policy_id=policy.id, default_version=default, last_version=max(numbers), updated_at=updated
            )
        )

    def _add_profiles(self, place: JsonPlace) -> None:
        role = self._entity(Kind.ROLE, place)
        for profile in place.items("InstanceProfileList"):
            name = profile.text("InstanceProfileName")
            entity = self._made.get((Kind.INSTANCE_PROFILE, name))
            if entity is None:
                entity = self._new(Kind.INSTANCE_PROFILE, profile, name, "InstanceProfileId")
                entities.add(self._connection, entity)
            add_role_to_profile(self._connection, entity, role)

    def _give(self, kind: Kind, place: JsonPlace) -> None:
        """What an entity has beside itself: inline policies, attachments, groups."""
        entity = self._made.get((kind, place.text(f"{_WORD[kind]}Name")))
        if entity is None:
            return  # The administrator, who is kept.
        for name, document in inline_documents_in(place, f"{_WORD[kind]}PolicyList").items():
            put_inline_document(self._connection, entity, name, document)
        for arn in attached_arns_in(place):
            self._note_unknown_policy(arn)
            attach(self._connection, entity, arn)
        if entity.boundary_arn is not None:
            self._note_unknown_policy(entity.boundary_arn)
        for group_name in place.texts("GroupList") if kind is Kind.USER else ():
            group = self._made.get((Kind.GROUP, group_name))
            if group is None:
                raise place.at("GroupList").wrong(f"names `{group_name}`, which is not in `GroupDetailList`")
            add_member(self._connection, group, entity)

    def _note_unknown_policy(self, arn: str) -> None:
        if find_policy(self._ctx, arn) is None:
            self._notes.append(f"nobody has the policy {arn} here: what rests on it is denied")

    def _entity(self, kind: Kind, place: JsonPlace) -> Entity:
        return self._made[kind, place.text(f"{_WORD[kind]}Name")]

    @staticmethod
    def _trust(place: JsonPlace) -> str:
        return document_in(place.at("AssumeRolePolicyDocument"))


def _session_seconds(place: JsonPlace) -> int:
    """GetRole tells it, authorization details do not: a role without it gets what a new one has."""
    if not place.has("MaxSessionDuration"):
        return DEFAULT_MAX_SESSION_SECONDS
    seconds = place.at("MaxSessionDuration").value
    if not isinstance(seconds, int) or not MIN_ROLE_MAX_SESSION.value <= seconds <= MAX_ROLE_MAX_SESSION.value:
        limits = f"{MIN_ROLE_MAX_SESSION.value} to {MAX_ROLE_MAX_SESSION.value}"
        raise place.at("MaxSessionDuration").wrong(f"is not a number of seconds from {limits}")
    return seconds


def _version_number(place: JsonPlace) -> int:
    text = place.value
    if not isinstance(text, str) or not (text[:1] == "v" and text[1:].isdecimal() and text[1:].isascii()):
        raise place.wrong("is not the id of a version, such as v1")
    return int(text[1:])


def _seconds(place: JsonPlace) -> int:
    """A date as the AWS CLI prints it (ISO 8601), as botocore has it, or in seconds since 1970."""
    value = place.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise place.wrong("is not a date") from error
    if not isinstance(value, datetime):
        raise place.wrong("is not a date")
    return int((value if value.tzinfo is not None else value.replace(tzinfo=UTC)).timestamp())
