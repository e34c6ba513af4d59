"""Planning the one role that an instance profile holds."""

from __future__ import annotations

from passrole.account.snapshot import InstanceProfileState
from passrole.catalog.quotas import ROLES_IN_INSTANCE_PROFILE
from passrole.provision import addresses
from passrole.provision.addresses import Address
from passrole.provision.changes import Action, ApiCall, Change
from passrole.provision.planning import Planning, blocked, change
from passrole.provision.record import Record
from passrole.provision.wanted import Wanted


def plan_profile_role(
    planning: Planning, wanted: Wanted, profile: InstanceProfileState | None, made: frozenset[Address]
) -> list[Change]:
    """The role goes into the profile; one that is in its place goes out only if passrole put it there.

    `made` are the entities that this plan makes. `profile` None: the profile is one of them.
    """
    assert wanted.profile_role is not None, "every wanted profile has a role"
    role_name, address = wanted.profile_role, wanted.address.profile_role(wanted.profile_role)
    present = profile.role_names if profile is not None else ()
    record = planning.record(address)
    after = Record(planning.kept_labels(record) + wanted.set_ups)
    if role_name in present:
        ours = record is not None or planning.made_by_passrole(address)
        reason = "the role is in it" if ours else "the role was in it before, put there by others"
        return [change(planning, address, Action.NO_CHANGE, reason, after_record=after if ours else None)]
    role = addresses.role(role_name)
    if planning.state(role) is None and role not in made and role in planning.observation.addressed.entities:
        return [blocked(planning, address, f"`{role}` does not exist, and this plan does not make it")]
    changes: list[Change] = []
    for other in present:
        held = wanted.address.profile_role(other)
        its_record = planning.record(held)
        ours = its_record is not None and not planning.kept_labels(its_record)
        if not ours and not planning.exclusive:
            full = f"it holds `role/{other}`, and an instance profile holds {ROLES_IN_INSTANCE_PROFILE.value} role"
            return [blocked(planning, address, full, notes=("--exclusive replaces it",))]
        reason = "the set-up wants another role in it" if ours else "--exclusive: passrole did not put it there"
        changes.append(change(planning, held, Action.REMOVE, reason, after_record=None, calls=(_call("Remove", held),)))
    reason = "the role is not in it"
    return [*changes, change(planning, address, Action.ADD, reason, after_record=after, calls=(_call("Add", address),))]


def _call(word: str, address: Address) -> ApiCall:
    operation = "AddRoleToInstanceProfile" if word == "Add" else "RemoveRoleFromInstanceProfile"
    return ApiCall(operation, {"InstanceProfileName": address.name, "RoleName": address.detail})
