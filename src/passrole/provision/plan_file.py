"""A plan as a JSON document, to look at, to keep, and to apply later exactly as it is.

A plan file is input like any other: what it would call is checked against what plans of passrole call, and what it
shows against what it would send.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

from passrole.account.snapshot import Unreadable
from passrole.errors import UsageError
from passrole.provision.addresses import Address, parse_address
from passrole.provision.changes import (
    Action,
    ApiCall,
    Change,
    Fingerprint,
    Mark,
    Plan,
    PlanKind,
    StatementLine,
    Unread,
)
from passrole.provision.clients import Target, TargetKind
from passrole.provision.durable_file import write_durably
from passrole.provision.errors import PlanFileError
from passrole.provision.json_shape import Shape, ShapeError, parse_json, pretty_json
from passrole.provision.plan_check import check_plan
from passrole.provision.record import Record, record_from_shape, record_to_value
from passrole.provision.set_up_json import set_up_from_shape, set_up_to_value
from passrole.recipes.desired import Json

FORMAT_VERSION = "1.0"


def plan_to_value(plan: Plan) -> dict[str, Json]:
    """The JSON value of a plan; `passrole plan --output json` prints it and `passrole apply FILE` reads it."""
    target: dict[str, Json] = {
        "kind": plan.target.kind,
        "endpoint": plan.target.endpoint,
        "region": plan.target.region,
        "profile": plan.target.profile,
    }
    return {
        "format_version": FORMAT_VERSION,
        "kind": plan.kind,
        "account_id": plan.account_id,
        "partition": plan.partition,
        "target": target,
        "set_ups": [set_up_to_value(each) for each in plan.set_ups],
        "exclusive": plan.exclusive,
        "changes": [_change_to_value(change) for change in plan.changes],
        "unread": [
            {"address": str(each.address), "action": each.what.action, "reason": each.what.reason}
            for each in plan.unread
        ],
        "fingerprints": {
            str(address): {"observed": p.observed, "recorded": p.recorded, "deep": p.deep, "keys": p.keys}
            for address, p in plan.fingerprints.items()
        },
    }


def plan_to_json(plan: Plan) -> str:
    return pretty_json(plan_to_value(plan))


def plan_from_json(text: str, source: str) -> Plan:
    """Read what `plan_to_json` wrote. Raises PlanFileError for anything else; `source` names the file in it."""
    try:
        shape = parse_json(text)
        version = shape.at("format_version").text()
        if version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
            raise PlanFileError(
                f"the plan `{source}` is of format {version}, this passrole knows {FORMAT_VERSION}",
                help="apply it with the passrole that made it, or make the plan again: passrole plan",
            )
        plan = _plan(shape)
        check_plan(plan)
    except (ShapeError, UnicodeError) as err:
        raise PlanFileError(
            f"`{source}` is not a plan that passrole made",
            causes=(str(err),),
            help=f"make it again: passrole plan … --out {source}",
        ) from err
    return plan


def load_plan(path: Path) -> Plan:
    """Raises PlanFileError, also when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise PlanFileError(
            f"the plan `{path}` cannot be read",
            causes=(str(err),),
            help=f"make it again: passrole plan … --out {path}",
        ) from err
    return plan_from_json(text, str(path))


def save_plan(plan: Plan, path: Path) -> None:
    """Write a plan file, mode 0600: it shows the account's policies. Raises ConfigurationError."""
    write_durably(path, plan_to_json(plan))


def _change_to_value(change: Change) -> dict[str, Json]:
    return {
        "address": str(change.address),
        "action": change.action.value,
        "reason": change.reason,
        "before": change.before,
        "after": change.after,
        "calls": [
            {"service": call.service, "operation": call.operation, "parameters": dict(call.parameters)}
            for call in change.calls
        ],
        "statements": [
            {"mark": line.mark.value, "body": line.body, "reason": line.reason, "set_ups": list(line.set_ups)}
            for line in change.statements
        ],
        "notes": list(change.notes),
        "warnings": list(change.warnings),
        "record_before": record_to_value(change.record_before) if change.record_before else None,
        "record_after": record_to_value(change.record_after) if change.record_after else None,
    }


def _plan(shape: Shape) -> Plan:
    target = shape.at("target")
    return Plan(
        kind=cast(PlanKind, shape.at("kind").one_of("apply", "destroy")),
        account_id=shape.at("account_id").text(),
        partition=shape.at("partition").text(),
        target=Target(
            cast(TargetKind, target.at("kind").one_of("embedded", "endpoint", "real AWS")),
            target.at("endpoint").text(),
            target.at("region").text(),
            target.at("profile").optional_text(),
        ),
        set_ups=tuple(set_up_from_shape(each) for each in shape.at("set_ups").elements()),
        changes=tuple(_change(each) for each in shape.at("changes").elements()),
        fingerprints={_address(key, each): _fingerprint(each) for key, each in shape.at("fingerprints").members()},
        unread=tuple(
            Unread(
                _address(each.at("address").text(), each),
                Unreadable(each.at("action").text(), each.at("reason").text()),
            )
            for each in shape.at("unread").elements()
        ),
        exclusive=shape.at("exclusive").flag(),
    )


def _change(shape: Shape) -> Change:
    return Change(
        address=_address(shape.at("address").text(), shape.at("address")),
        action=Action(shape.at("action").one_of(*(action.value for action in Action))),
        reason=shape.at("reason").text(),
        before=shape.at("before").value,
        after=shape.at("after").value,
        calls=tuple(
            ApiCall(each.at("operation").text(), each.at("parameters").table(), each.at("service").one_of("iam"))
            for each in shape.at("calls").elements()
        ),
        statements=tuple(_line(each) for each in shape.at("statements").elements()),
        notes=shape.at("notes").texts(),
        warnings=shape.at("warnings").texts(),
        record_before=_record(shape.at("record_before")),
        record_after=_record(shape.at("record_after")),
    )


def _line(shape: Shape) -> StatementLine:
    return StatementLine(
        Mark(shape.at("mark").one_of(*(mark.value for mark in Mark))),
        shape.at("body").value,
        shape.at("reason").text(),
        shape.at("set_ups").texts(),
    )


def _record(shape: Shape) -> Record | None:
    return None if shape.value is None else record_from_shape(shape)


def _fingerprint(shape: Shape) -> Fingerprint:
    return Fingerprint(
        shape.at("observed").text(), shape.at("recorded").text(), shape.at("deep").flag(), shape.at("keys").flag()
    )


def _address(text: str, shape: Shape) -> Address:
    try:
        return parse_address(text)
    except UsageError as err:
        raise ShapeError(shape.where, "at an address such as `role/vmimport`") from err
