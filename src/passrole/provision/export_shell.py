"""A set-up as a shell script of AWS CLI commands, made from the same calls as a plan.

The script runs in any POSIX shell with the AWS CLI, in an account that has nothing of the set-up yet. It checks the
account first and stops at the first command that fails. It sets no tags: what it makes is not passrole's.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping

from passrole.provision.addresses import Address, Kind, Part
from passrole.provision.changes import ApiCall, Change, Plan
from passrole.provision.nothing_there import plan_from_nothing
from passrole.recipes.desired import DesiredState, Json

_LOADED = ("file://", "fileb://", "http://", "https://")
"""What the AWS CLI takes for the address of a parameter's value, and not for the value."""


def export_aws_cli(desired: DesiredState) -> str:
    """The script. It writes its documents into the current folder, under the names that AWS's pages use if it can."""
    plan = plan_from_nothing(desired)
    files = _file_names(plan)
    lines = [
        "#!/bin/sh",
        _comment(f"The set-up {desired.label} (recipe {desired.recipe}, {desired.variant}),"),
        f"# for account {desired.account_id}, as AWS CLI commands.",
        "# It writes its JSON documents into the current folder. Run it in an account that has none of this: it stops",
        "# at an entity that exists already, but replaces an inline policy of the same name.",
        *([_comment(desired.retirement.message)] if desired.retirement else []),
        "set -eu",
        "",
        "account=$(aws sts get-caller-identity --query Account --output text)",
        f'if [ "$account" != {shlex.quote(desired.account_id)} ]; then',
        f'    echo "these credentials lead to account $account, not {desired.account_id}" >&2',
        "    exit 1",
        "fi",
    ]
    for change in plan.changes:
        for call in change.calls:
            lines += ["", *_comments(change, plan), *_command(call, files.get(change.address))]
    return "\n".join(lines) + "\n"


def _comments(change: Change, plan: Plan) -> Iterator[str]:
    yield _comment(f"{change.address}: {change.reason}" if change.address.part is None else str(change.address))
    shown = change
    if change.address.kind is Kind.ROLE and change.address.part is None:
        shown = next(each for each in plan.changes if each.address == change.address.trust_policy())
    for number, line in enumerate(shown.statements, 1):
        yield _comment(f"  statement {number}: {line.reason}")


def _comment(text: str) -> str:
    # A line feed in a reason would end the comment and begin a command.
    return "# " + " ".join(text.split())


def _command(call: ApiCall, file: str | None) -> Iterator[str]:
    parameters = {name: value for name, value in call.parameters.items() if name != "Tags"}
    document = call.row.document_parameter
    if document is not None:
        assert file is not None, "every document has a file"
        yield from _here_document(file, str(parameters.pop(document)))
    if any(isinstance(value, str) and value.startswith(_LOADED) for value in parameters.values()):
        yield from _command_with_json(call, parameters, file)
        return
    options = [_option(name, value) for name, value in parameters.items()]
    if document is not None:
        options.append(f"--{_words(document)} {shlex.quote(f'file://{file}')}")
    command = f"aws iam {_words(call.operation)} " + " ".join(options)
    if call.operation == "CreateAccessKey":
        key_file = shlex.quote(f"{call.address.name}-access-key.json")
        yield "# The secret is shown this once. It goes into a file that only you can read and that must not exist yet."
        yield f"(umask 077; set -C; {command} --output json > {key_file})"
        return
    yield command


def _command_with_json(call: ApiCall, parameters: Mapping[str, Json], file: str | None) -> Iterator[str]:
    """For a value that the CLI would fetch: all parameters as one JSON document, which it takes as it is."""
    import json

    name = f"{call.row.name}-{call.address.name.rpartition('/')[2]}.json"
    yield from _here_document(name, json.dumps(parameters, indent=4))
    document = call.row.document_parameter
    extra = f" --{_words(document)} {shlex.quote(f'file://{file}')}" if document is not None else ""
    yield f"aws iam {_words(call.operation)} --cli-input-json {shlex.quote(f'file://{name}')}{extra}"


def _here_document(file: str, text: str) -> Iterator[str]:
    # No line of a JSON text is the bare word JSON, and the quotes keep the shell from expanding `${aws:username}`.
    yield f"cat > {shlex.quote(file)} <<'JSON'"
    yield text
    yield "JSON"


def _option(name: str, value: Json) -> str:
    # With `=`, a value that begins with a hyphen is not taken for an option.
    return (
        f"--{_words(name)}={shlex.quote(str(value))}"
        if str(value).startswith("-")
        else (f"--{_words(name)} {shlex.quote(str(value))}")
    )


def _words(name: str) -> str:
    """`AssumeRolePolicyDocument` as the AWS CLI spells it: `assume-role-policy-document`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


def _file_names(plan: Plan) -> dict[Address, str]:
    """A file for each document: `trust-policy.json`, `role-policy.json` where one role has one of each."""
    wanted: dict[Address, tuple[str, str]] = {}
    for change in plan.changes:
        for call in change.calls:
            if call.row.document_parameter is not None:
                wanted[change.address] = _short_and_long_name(change.address)
    short = Counter(short for short, _ in wanted.values())
    long = Counter(long for _, long in wanted.values())
    names: dict[Address, str] = {}
    for number, (address, (brief, full)) in enumerate(wanted.items(), 1):
        name = brief if short[brief] == 1 else full if long[full] == 1 else f"{full}-{number}"
        while f"{name}.json" in names.values():
            name += "-more"
        names[address] = f"{name}.json"
    return names


def _short_and_long_name(address: Address) -> tuple[str, str]:
    name = address.name.rpartition("/")[2]
    if address.kind is Kind.MANAGED_POLICY:
        return name, f"{name}-policy"
    if address.part is Part.INLINE_POLICY:
        return f"{address.kind.value}-policy", f"{name}-{address.detail}"
    return "trust-policy", f"{name}-trust-policy"
