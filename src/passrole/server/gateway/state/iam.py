"""Roles and instance profiles that calls of other services name: they are in the server's accounts, not the backend."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.account import entities
from passrole.account.accounts import is_account_here
from passrole.account.entities import Kind
from passrole.account.profile_store import roles_in_profiles
from passrole.account.tag_store import tags_of
from passrole.activity.bind.state import Answer, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.of_service import OfService


class IamState(OfService):
    service = "iam"

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        entity = entities.find_by_arn(self.place.view.connection, str(resource))
        if entity is not None:
            return Known(tags_of(self.place.view.connection, entity.id))
        return self._not_here(resource)

    def stands_for(self, resource: Arn) -> Answer[str]:
        """Of an instance profile its role; of a role at the path `/` that of the same name, wherever its path leads."""
        connection = self.place.view.connection
        if not is_account_here(self.place.view, resource.account):
            return self._not_here(resource)
        kind, _, name = resource.resource.partition("/")
        if kind == "role":
            role = entities.find(self.place.view.of_account(resource.account), Kind.ROLE, name.rpartition("/")[2])
            return NoSuchThing() if role is None else Known(role.arn)
        if kind != "instance-profile":
            return super().stands_for(resource)
        profile = entities.find_by_arn(connection, str(resource))
        if profile is None and "/" not in name:
            # A profile is named without its path.
            view = self.place.view.of_account(resource.account)
            profile = entities.find(view, Kind.INSTANCE_PROFILE, name)
        held = [] if profile is None else roles_in_profiles(connection, [profile]).get(profile.id, [])
        return Known(held[0].entity.arn) if held else NoSuchThing()

    def _not_here(self, resource: Arn) -> NotKnown | NoSuchThing:
        if is_account_here(self.place.view, resource.account):
            return NoSuchThing()
        return NotKnown(f"account {resource.account} is not on this server")
