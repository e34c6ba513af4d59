"""Who calls, in which account, at which endpoint: what a person must see before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

from passrole.policy.arn import ACCOUNT_ID, Arn, ArnError
from passrole.provision.call import call, strange_answer
from passrole.provision.clients import ClientFactory, Target
from passrole.provision.errors import RefusedCallError, WrongAccountError


@dataclass(frozen=True, slots=True)
class Identity:
    """`alias` is None when the account has none or the caller may not list it; both are common and harmless."""

    account_id: str
    partition: str
    caller_arn: str
    target: Target
    alias: str | None = None

    def safety_line(self) -> str:
        """One line to print before any write."""
        alias = f" ({self.alias})" if self.alias else ""
        return f"account {self.account_id}{alias} as {self.caller_arn} on {self.target}"


def identify(clients: ClientFactory, *, with_alias: bool = True) -> Identity:
    """Ask STS who the caller is, which needs no permission, and IAM for the account's alias, best effort."""
    target = clients.describe()
    sts = clients.client("sts")
    answer = call(sts, "GetCallerIdentity")
    account_id, caller_arn = str(answer.get("Account", "")), str(answer.get("Arn", ""))
    if not ACCOUNT_ID.fullmatch(account_id):
        raise strange_answer(sts, "GetCallerIdentity", "it tells no account id")
    try:
        # The ARN is the only place where AWS says the partition of the credentials.
        partition = Arn.parse(caller_arn).partition
    except ArnError as err:
        raise strange_answer(sts, "GetCallerIdentity", "it tells no ARN of the caller") from err
    return Identity(account_id, partition, caller_arn, target, _alias(clients) if with_alias else None)


def guard_account(identity: Identity, expected: str | None) -> None:
    """Raises WrongAccountError when the user named another account than the one the credentials lead to."""
    if expected is not None and expected != identity.account_id:
        raise WrongAccountError(
            f"your credentials lead to account {identity.account_id}, not {expected}; nothing was done",
            causes=(identity.safety_line(),),
            help="choose other credentials: --profile NAME",
        )


def _alias(clients: ClientFactory) -> str | None:
    try:
        aliases = call(clients.client("iam"), "ListAccountAliases").get("AccountAliases", [])
    except RefusedCallError:
        return None
    return str(aliases[0]) if aliases else None
