"""The words of a question about a whole account, checked: whom it means, and which actions."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from passrole.account.snapshot import AccountSnapshot
from passrole.account.who import UnknownPrincipalError, find_principal
from passrole.catalog.actions import actions_of, is_known_service, known_services
from passrole.cli.question_words import principal_of
from passrole.engine.request import Principal, PrincipalType
from passrole.errors import UsageError


def actions_to_ask(services: Sequence[str]) -> tuple[str, ...]:
    """Every action of the services, or of all. Raises UsageError for a service that AWS does not have."""
    for service in services:
        if not is_known_service(service):
            near = difflib.get_close_matches(service.lower(), known_services(), n=1)
            raise UsageError(
                f"no service has the prefix `{service}`",
                help=f"did you mean `{near[0]}`?" if near else "a service is named as in its actions, such as s3",
            )
    wanted = dict.fromkeys(service.lower() for service in services) or dict.fromkeys(known_services())
    return tuple(action for service in wanted for action in actions_of(service))


def one_of_the_account(snapshot: AccountSnapshot, who: str) -> Principal:
    """Whom a person means. Raises UsageError for someone who has no policies here."""
    principal_of(who, f"arn:{snapshot.partition}:iam::{snapshot.account_id}:")
    try:
        principal = find_principal(snapshot, who)
    except UnknownPrincipalError as error:
        raise UsageError(f"account {snapshot.account_id} has no `{who}`", help=error.help) from error
    if principal.type in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS) or principal.account != snapshot.account_id:
        raise UsageError(
            f"`{who}` has no policies in account {snapshot.account_id}",
            help="name one of its users or roles: user/NAME, role/NAME; of others ask with `passrole can`",
        )
    return principal
