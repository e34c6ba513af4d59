"""AWS managed policies as the command line names them: by name or ARN, and by version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.catalog.managed_policies import AwsManagedPolicy
    from passrole.engine.stack import AttachedPolicy


def managed_policy(name: str) -> AwsManagedPolicy:
    """Raises UsageError for a name that no policy has."""
    from passrole.catalog.managed_policies import close_policy_names, get_managed_policy
    from passrole.recipes.problems import did_you_mean

    found = get_managed_policy(name)
    if found is None:
        plain = name.rpartition("/")[2]
        raise UsageError(
            f"there is no AWS managed policy `{name}`",
            help=did_you_mean(plain, close_policy_names(plain)) or "names and ARNs are compared with case",
        )
    return found


def managed_version(policy: AwsManagedPolicy, version_id: str | None) -> AttachedPolicy:
    """The document of a version, of the current one without an id. Raises UsageError for one that is not kept."""
    from passrole.engine.stack import AttachedPolicy
    from passrole.policy.model import PolicyType
    from passrole.policy.parse import parse_policy

    version = policy.default_version if version_id is None else policy.version(version_id)
    if version is None:
        kept = ", ".join(each.version_id for each in policy.versions)
        raise UsageError(
            f"of {policy.name} passrole has no version `{version_id}`",
            help=f"it has {kept}; not every version was recorded",
        )
    name = f"{policy.name} {version.version_id}"
    return AttachedPolicy(PolicyType.IDENTITY, name, parse_policy(version.document, name))
