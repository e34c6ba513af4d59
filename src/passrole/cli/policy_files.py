"""Files of policies as layers of a policy stack; every statement knows the line it stands in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from passrole.account.json_place import JsonPlace
from passrole.account.key_grants import grants_of
from passrole.catalog.resource_control_policies import rcps_cover
from passrole.cli.question_options import FileChoice
from passrole.cli.say import talk
from passrole.cli.text.failures import diagnostic_lines, read_file
from passrole.cli.text_file import name_of, text_of
from passrole.engine.special_actions import ASSUME_ROLE, ASSUME_ROLE_WITH_IDENTITY
from passrole.engine.stack import AttachedPolicy, KeyGrant, Known, Layer, PolicyStack, Unknown
from passrole.errors import Severity, UsageError
from passrole.policy.grammar import check_grammar
from passrole.policy.json_members import unique_members
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import PolicySyntaxError, parse_policy

NO_STATEMENTS = "P0126"
"""The code of an empty `Statement`."""


@dataclass(frozen=True, slots=True)
class FileLayers:
    """What the files say, None or empty where none was given."""

    identity: tuple[AttachedPolicy, ...] = ()
    boundary: Known | None = None
    session: Known | None = None
    resource: Known | None = None
    endpoint: Known | None = None
    scps: tuple[Layer, ...] = ()
    rcps: tuple[Layer, ...] = ()
    grants: tuple[KeyGrant, ...] = ()
    restrict_public_buckets: bool = False

    def over(self, stack: PolicyStack) -> PolicyStack:
        """The stack with these: identity-based policies are added to it, every other layer takes a layer's place."""
        identity = stack.identity
        if self.identity and not isinstance(identity, Unknown):
            identity = replace(identity, policies=identity.policies + self.identity)
        return replace(
            stack,
            identity=identity,
            boundary=self.boundary or stack.boundary,
            session=self.session or stack.session,
            resource=self.resource or stack.resource,
            endpoint=self.endpoint or stack.endpoint,
            scps=self.scps or stack.scps,
            rcps=self.rcps or stack.rcps,
            grants=self.grants or stack.grants,
            restrict_public_buckets=self.restrict_public_buckets or stack.restrict_public_buckets,
        )


def read_layers(choice: FileChoice, action: str, resource: str) -> FileLayers:
    """Read every file. What IAM would refuse to store is told, and evaluated as it stands.

    Raises UsageError for a file that cannot be read, and for one that is no policy.
    """

    def layer(file: Path | None, type: PolicyType) -> Known | None:  # noqa: A002
        return None if file is None else Known((attached_policy(file, type),))

    assumes = action.lower() == ASSUME_ROLE or action.lower() in ASSUME_ROLE_WITH_IDENTITY
    if choice.trust is not None and not assumes:
        raise UsageError(
            f"no trust policy is asked for `{action}`",
            help="the policy of another resource is given by --resource-policy",
        )
    if choice.resource is not None and assumes:
        raise UsageError("a role's own policy is its trust policy", help=f"give it by --trust-policy {choice.resource}")
    rcps = _levels(choice.rcps, PolicyType.RCP)
    service = action.partition(":")[0]
    if rcps and not rcps_cover(service):
        talk(f"note: AWS applies resource control policies to the services that it lists, and `{service}` is not one")
        rcps = ()
    return FileLayers(
        tuple(attached_policy(file, PolicyType.IDENTITY) for file in choice.policies),
        layer(choice.boundary, PolicyType.BOUNDARY),
        layer(choice.session, PolicyType.SESSION),
        layer(choice.trust, PolicyType.TRUST) or layer(choice.resource, PolicyType.RESOURCE),
        layer(choice.endpoint, PolicyType.ENDPOINT),
        _levels(choice.scps, PolicyType.SCP),
        rcps,
        () if choice.grants is None else _grants(choice.grants, resource),
        choice.restrict_public_buckets,
    )


def policy_of(file: Path) -> Policy:
    """Raises UsageError."""
    try:
        return parse_policy(text_of(file), name_of(file))
    except PolicySyntaxError as error:
        raise UsageError(f"`{name_of(file)}` is no policy", help=error.help, diagnostics=error.diagnostics) from error


def policy_or_none_of(file: Path) -> Policy:
    """The same, and of a document without statements, which IAM refuses to store, that it says nothing.

    What it means is certain: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    text, name = text_of(file), name_of(file)
    try:
        return parse_policy(text, name)
    except PolicySyntaxError as error:
        if any(each.code != NO_STATEMENTS for each in error.diagnostics):
            raise UsageError(f"`{name}` is no policy", help=error.help, diagnostics=error.diagnostics) from error
        for finding in error.diagnostics:
            talk("\n".join(diagnostic_lines(replace(finding, severity=Severity.WARNING), read_file)))
        return Policy((), source=name)


def attached_policy(file: Path, type: PolicyType) -> AttachedPolicy:  # noqa: A002
    """The policy of a file. What IAM would refuse to store is told, and goes on as it stands. Raises UsageError."""
    return attached(policy_of(file), type)


def attached(policy: Policy, type: PolicyType) -> AttachedPolicy:  # noqa: A002
    """The same of a policy that was read."""
    for finding in check_grammar(policy, type):
        if finding.severity is Severity.ERROR:
            # It is a finding about the file, and no failure: the question is answered all the same.
            told = replace(finding, severity=Severity.WARNING)
            talk("\n".join(diagnostic_lines(told, read_file)))
    return AttachedPolicy(type, policy.source, policy)


def _levels(words: Sequence[str], type: PolicyType) -> tuple[Layer, ...]:  # noqa: A002
    """`FILE` is a level by itself; those that are written `LEVEL=FILE` with the same level are one."""
    levels: dict[str, list[AttachedPolicy]] = {}
    for number, word in enumerate(words):
        name, equals, file = word.partition("=")
        if not equals or Path(word).exists():
            name, file = f"\0{number}", word
        if not file:
            raise UsageError(f"`{word}` names no file", help="write FILE, or LEVEL=FILE")
        levels.setdefault(name, []).append(attached_policy(Path(file), type))
    return tuple(Known(tuple(policies)) for policies in levels.values())


_MAKE_GRANTS = "make it with: aws kms list-grants --key-id KEY > FILE"


def _grants(file: Path, key: str) -> tuple[KeyGrant, ...]:
    try:
        value = json.loads(text_of(file), object_pairs_hook=unique_members)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"`{name_of(file)}` is not JSON", causes=(str(error),), help=_MAKE_GRANTS) from error
    answer = JsonPlace(value, name_of(file))
    if not isinstance(value, dict) or "Grants" not in value:
        raise answer.wrong("has no `Grants`", help=_MAKE_GRANTS)
    for grant in answer.items("Grants"):
        of = grant.optional_text("KeyId")
        # KMS writes the key's ARN; a key's ID is its end.
        if of is not None and ":key/" in key and of.rpartition("/")[2] != key.rpartition("/")[2]:
            raise grant.wrong(f"is a grant on `{of}`, and the question is about `{key}`")
    return grants_of(answer)
