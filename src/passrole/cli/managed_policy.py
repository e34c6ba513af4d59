"""AWS managed policies as the command line names them: by name or ARN, and by version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from passrole.errors import UsageError

if TYPE_CHECKING:
    from passrole.catalog.managed_policies import AwsManagedPolicy
    from passrole.cli.target import OpenAccount
    from passrole.engine.stack import AttachedPolicy
    from passrole.provision.policy_history import PolicyHistory


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


def history_of_account(account: OpenAccount, name: str) -> tuple[PolicyHistory, AwsManagedPolicy | None]:
    """With the policy of the catalogue, where that has it. Raises UsageError for a name that nobody knows."""
    from passrole.catalog.managed_policies import get_managed_policy
    from passrole.provision.errors import NoSuchEntityError
    from passrole.provision.policy_history import history_in_account

    published = get_managed_policy(name, account.identity.partition)
    if published is None and not name.startswith("arn:"):
        raise UsageError(
            f"passrole's catalogue has no AWS managed policy `{name}`",
            help="give its ARN: the account is asked about that",
        )
    arn = published.arn if published else name
    try:
        return history_in_account(account.clients.client("iam"), arn, published), published
    except NoSuchEntityError as error:
        raise UsageError(
            f"the account has no policy `{arn}`", help="without --from account the catalogue is asked"
        ) from error


def version_of(history: PolicyHistory, version_id: str) -> AttachedPolicy:
    """The document of a version. Raises UsageError for one that is not kept."""
    from passrole.engine.stack import AttachedPolicy
    from passrole.policy.model import PolicyType
    from passrole.policy.parse import parse_policy

    version = next((each for each in history.versions if each.version_id == version_id), None)
    if version is None:
        kept = ", ".join(each.version_id for each in history.versions)
        raise UsageError(
            f"of {history.name} passrole has no version `{version_id}`",
            help=f"it has {kept}; not every version was recorded",
        )
    name = f"{history.name} {version_id}"
    return AttachedPolicy(PolicyType.IDENTITY, name, parse_policy(history.document(version), name))
