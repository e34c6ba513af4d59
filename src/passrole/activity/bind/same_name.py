"""The same-name rule: an operation asks the action of its name, on each resource that its parameters name.

The Service Authorization Reference says which types of resource an action works on and what their ARNs look like.
Where it requires a type that the parameters do not name, the operation is refused, but for what AWS itself names
when it makes it (`…:instance/*`) and for reading all things of a type. What the action depends on besides is not
asked, except iam:PassRole and the tagging of what is made.
Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from passrole.activity.bind.arn_formats import Format, format_of
from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import Asked, CannotBindError, Refused, Why
from passrole.activity.bind.operations import Operation, operations_of, plain
from passrole.activity.bind.synonyms import SYNONYMS
from passrole.activity.bind.tags_of_made import AskedAbout, ask_tagging, made_type, tagging_action
from passrole.catalog.actions import AccessLevel, Action, get_action, get_resource_type

_MAKING = re.compile(r"(Create|Start|Run|Allocate|Request|Import|Register|Copy|Purchase|Restore|Export)[A-Z]")
_OF_TWO = re.compile(r"(Copy|Restore)[A-Z]")
_IN_LOWER_CASE = frozenset({"rds"})
"""Services that store names in lower case, in whatever case they were given.

<https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html>
"""
_READING = {AccessLevel.LIST, AccessLevel.READ}


@dataclass(frozen=True, slots=True)
class Slot:
    """A type of resource that an action works on. `made` says that AWS names it when the call has made it."""

    format: Format
    required: bool
    made: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """How an operation is bound by its name. Without slots it is about no resource in particular: `*`."""

    action: str
    slots: tuple[Slot, ...]
    reads: bool
    tagging: str | None
    """The action that is asked besides when the call gives tags to what it makes."""
    makes: str | None
    """The type of what the call makes, as its name says it; None where its name says no type of the service."""
    source: str


@cache
def same_name_plan(service: str, name: str, action_name: str | None = None) -> Plan | Refused:
    """The plan of an operation, or why the rule does not cover it; `action_name` where it is not the operation's."""
    operation = operations_of(service)[name]
    if not operation.signed:
        return Refused(Why.ANOTHER_WAY, f"`{service}:{name}` is not signed: IAM's policies do not decide it")
    if operation.prefix is None:
        return Refused(Why.NO_IAM_SERVICE, f"AWS publishes no IAM actions for the service `{service}`")
    action = get_action(action_name or f"{operation.prefix}:{name}")
    if action is None:
        reason = f"AWS publishes no action `{operation.prefix}:{name}`, and passrole has no row for the operation"
        return Refused(Why.NO_ACTION, reason)
    slots = tuple(_slots(action, operation))
    unpublished = [each.name for each in action.resources if each.required and _arn_format(action, each.name) is None]
    if unpublished:
        reason = f"AWS publishes no single ARN format of the type `{unpublished[0]}`, which `{action.name}` needs"
        return Refused(Why.RESOURCE_NOT_NAMED, reason)
    missing = [slot.format.resource_type for slot in slots if slot.required and not _can_name(slot)]
    named = [slot for slot in slots if _can_name(slot)]
    if missing or (slots and not named):
        kinds = ", ".join(f"`{each}`" for each in missing or [slot.format.resource_type for slot in slots])
        reason = f"the parameters of `{service}:{name}` do not name the resource in a way that passrole reads: {kinds}"
        return Refused(Why.RESOURCE_NOT_NAMED, reason)
    reads = set(action.access_levels) <= _READING
    return Plan(
        action.name, tuple(named), reads, tagging_action(action, operation, reads), made_type(operation), _page(action)
    )


def ask_by_plan(plan: Plan, inquiry: Inquiry) -> Iterator[Asked]:
    """The questions of a plan for one call. Raises CannotBindError."""
    asked: list[AskedAbout] = []
    for slot, arns in _chosen(plan, inquiry):
        for arn in arns:
            asked.append((arn, slot.format.resource_type, slot.made))
            yield inquiry.ask(plan.action, arn, slot.format.resource_type, new=slot.made)
    if not asked:
        yield inquiry.ask(plan.action, "*")
    if plan.tagging:
        yield from ask_tagging(inquiry, plan.tagging, plan.makes, asked)


def _chosen(plan: Plan, inquiry: Inquiry) -> Iterator[tuple[Slot, tuple[str, ...]]]:
    named = [(slot, _named(slot, inquiry)) for slot in plan.slots]
    taken = {arn for _, arns in named for arn in arns}
    _refuse_foreign(plan, inquiry, taken)
    done: set[str] = set()
    for slot, found in named:
        arns = found
        if not arns and slot.required and not _told_another(slot, inquiry, taken):
            arns = (_any(slot, plan, inquiry),)
        # An ARN can be of several formats, of which the narrowest stands first.
        yield slot, tuple(arn for arn in arns if arn not in done)
        done.update(arns)


def _told_another(slot: Slot, inquiry: Inquiry, taken: set[str]) -> bool:
    """The member that could hold an ARN of this type holds one of another type of the action's (`ResourceArn`)."""
    values = [value for member in slot.format.whole for value in _values(inquiry, member)]
    return bool(values) and all(_stored(inquiry, value) in taken for value in values)


def _named(slot: Slot, inquiry: Inquiry) -> tuple[str, ...]:
    call = inquiry.call
    for member in slot.format.whole:
        arns = [value for value in _values(inquiry, member) if value.startswith("arn:")]
        fitting = tuple(arn for arn in arns if slot.format.is_of(arn))
        if fitting:
            return tuple(_stored(inquiry, arn) for arn in fitting)
    if not all(slot.format.fills):
        return ()
    if not slot.format.names:
        return (slot.format.arn((), call.partition, call.region, call.account),)
    columns = [next((values for each in fill if (values := _values(inquiry, each))), ()) for fill in slot.format.fills]
    if not all(columns) or sum(len(column) > 1 for column in columns) > 1:
        return ()
    if any(value.startswith("arn:") for column in columns for value in column):
        return ()
    for value in (value for column in columns for value in column):
        if ":" in value:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{value}` is more than a name, and how it is read unknown")
    length = max(len(column) for column in columns)
    rows = zip(*(column * length if len(column) == 1 else column for column in columns), strict=True)
    made = tuple(slot.format.arn(row, call.partition, call.region, call.account) for row in rows)
    return tuple(_stored(inquiry, arn) for arn in made)


def _stored(inquiry: Inquiry, arn: str) -> str:
    """The ARN as the service has it."""
    return arn.lower() if inquiry.operation.prefix in _IN_LOWER_CASE else arn


def _any(slot: Slot, plan: Plan, inquiry: Inquiry) -> str:
    """All things of the type, for what is yet to be named and for reading; raises CannotBindError for others."""
    if not (slot.made or plan.reads):
        members = sorted({member for fill in slot.format.fills for member in fill} | set(slot.format.whole))
        reason = f"`{plan.action}` needs a resource of type `{slot.format.resource_type}`, and none of "
        raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"{reason}{', '.join(members)} names one")
    call = inquiry.call
    values = tuple(
        next((value for each in fill for value in _values(inquiry, each) if not value.startswith("arn:")), "*")
        for fill in slot.format.fills
    )
    return slot.format.arn(values, call.partition, call.region, call.account)


def _refuse_foreign(plan: Plan, inquiry: Inquiry, taken: set[str]) -> None:
    """An ARN in a member that names the resource, but of no format of the action's."""
    for member in {member for slot in plan.slots for member in slot.format.whole}:
        for value in _values(inquiry, member):
            if value.startswith("arn:") and _stored(inquiry, value) not in taken:
                reason = f"`{value}` is of no type of resource that `{plan.action}` works on"
                raise CannotBindError(Why.RESOURCE_NOT_NAMED, reason)


def _values(inquiry: Inquiry, member: str) -> tuple[str, ...]:
    value = inquiry.call.parameters.get(member)
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else ()


def _can_name(slot: Slot) -> bool:
    return slot.format.can_be_filled or slot.made


def _slots(action: Action, operation: Operation) -> Iterator[Slot]:
    slots = []
    # What copies or restores names two things of a type, and the reference does not say which is meant.
    synonyms = {} if _OF_TWO.match(operation.name) else SYNONYMS.get(action.service, {})
    for each in action.resources:
        arn_format = _arn_format(action, each.name)
        if arn_format is None:
            continue
        form = format_of(each.name, arn_format, operation.name, operation.members, synonyms)
        slots.append(Slot(form, each.required, _is_made(form, operation)))
    yield from sorted(slots, key=lambda slot: -len("".join(slot.format.pieces[::2])))


def _arn_format(action: Action, resource_type: str) -> str | None:
    """None where the reference has none, or two in one."""
    found = get_resource_type(action.service, resource_type)
    return None if found is None or ", " in found.arn_format else found.arn_format


def _is_made(form: Format, operation: Operation) -> bool:
    """AWS chooses the last part of the name: the answer tells it, and no parameter could."""
    if form.can_be_filled or not form.names or not _MAKING.match(operation.name):
        return False
    if not all(form.fills[:-1]) or form.fills[-1]:
        return False
    last = plain(form.names[-1])
    told = {last, f"{plain(form.resource_type)}id"}
    return last.endswith(("id", "identifier", "uuid")) and bool(told & operation.outputs)


def _page(action: Action) -> str:
    from passrole.catalog.actions import service_title

    title = "".join(letter for letter in (service_title(action.service) or action.service).lower() if letter.isalnum())
    return f"https://docs.aws.amazon.com/service-authorization/latest/reference/list_{title}.html"
