"""What the readers of all services share: where to read, and answers that say that something is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from passrole.account.context import AccountView
from passrole.activity.bind.state import Answer, Encryption, Known, NotKnown
from passrole.activity.bind.tags import tags_in
from passrole.policy.arn import Arn
from passrole.server.gateway.readings import Answered, Parameter, Readings


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call was made: of which service, in which account and Region; and what can be read from there.

    `accounts` are all accounts of the server, of which the caller's comes first.
    """

    readings: Readings
    service: str
    region: str
    view: AccountView
    accounts: tuple[str, ...]

    @property
    def account(self) -> str:
        return self.view.account_id

    def read(self, service: str, operation: str, arn: Arn, **parameters: Parameter) -> Answered:
        """Read in the Region and account of an ARN; in the caller's where it names none."""
        return self.readings.read(
            service, operation, region=arn.region or self.region, account=arn.account or self.account, **parameters
        )


class OfService:
    """One service's state. What a service's reader does not override is not known."""

    service = ""
    """As botocore names it."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        return NotKnown(f"passrole does not read tags of `{resource}`")

    def owner(self, resource: Arn) -> Answer[str]:
        """The caller's account, in which the call is carried out: no other account's resources are reached there."""
        return Known(resource.account or self.place.account)

    def encryption(self, resource: Arn) -> Answer[Encryption]:
        return NotKnown(f"passrole does not read how `{resource}` is encrypted")

    def stands_for(self, resource: Arn) -> Answer[str]:
        return NotKnown(f"passrole does not read what `{resource}` stands for")

    def attribute(self, resource: Arn, name: str) -> Answer[str | tuple[str, ...]]:
        return NotKnown(f"passrole does not read `{name}` of `{resource}`")

    def content(self, resource: Arn, what: str) -> Answer[Mapping[str, object]]:
        return NotKnown(f"passrole does not read what is stored in `{resource}`")

    def read(self, operation: str, resource: Arn, **parameters: Parameter) -> Answered:
        return self.place.read(self.service, operation, resource, **parameters)


def tags_under(answer: Answered, member: str) -> Answer[Mapping[str, str]]:
    """The tags in a member of an answer: a list of them, or a map."""
    return Known(tags_in(answer.value.get(member))) if isinstance(answer, Known) else answer


def member_of(value: object, *path: str) -> object:
    """A value deep in an answer; None where a member on the way is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def texts_of(value: object, member: str) -> tuple[str, ...]:
    """A text member of each entry of a list."""
    if not isinstance(value, (list, tuple)):
        return ()
    return tuple(str(each[member]) for each in value if isinstance(each, Mapping) and each.get(member))
