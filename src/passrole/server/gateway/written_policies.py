"""Resource policies as services take them: what is no policy, or names a principal that is not there, is refused.

The codes are those that the API reference of each operation lists. AWS says of all such documents: "The Principal
element … must exist" (IAM User Guide, "AWS JSON policy elements: Principal"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from passrole.account.context import CallContext
from passrole.account.documents import parsed
from passrole.account.service_error import ServiceError
from passrole.account.trust import principal_here
from passrole.activity.bind.model import ApiCall
from passrole.engine.decision import Outcome
from passrole.engine.evaluate import evaluate
from passrole.engine.stack import AttachedPolicy, Known
from passrole.errors import Severity
from passrole.policy.grammar import check_grammar
from passrole.policy.model import Policy, PolicyType
from passrole.policy.parse import PolicySyntaxError, policy_from_value
from passrole.server.gateway.authorize import CallVerdict
from passrole.server.gateway.policy_parameters import OF_TOPIC, WRITTEN, Written
from passrole.server.gateway.state.of_service import member_of

_PERMISSIONS: Final = frozenset({"AddPermission", "AddLayerVersionPermission"})
_PERMISSION: Final = Written(
    (),
    "InvalidParameterValueException",
    "The provided principal was invalid. Please check the principal and try again.",
)
_SYNTAX: Final = "Syntax errors in policy."
_S3_SYNTAX: Final = "Policies must be valid JSON and the first byte must be '{'"


def check_written_policy(ctx: CallContext, call: ApiCall, verdict: CallVerdict | None) -> None:
    """Raises ServiceError for a document that the service would not take."""
    if call.service == "lambda":
        _check_permission(ctx, call)
        return
    written = WRITTEN.get((call.service, call.operation))
    if (call.service, call.operation) == ("sns", "SetTopicAttributes") and _is_policy(call):
        written = replace(OF_TOPIC, path=("AttributeValue",))
    document = None if written is None else member_of(call.parameters, *written.path)
    if written is None or not isinstance(document, str) or (not document and written.clears):
        return
    try:
        policy = parsed(document)
    except PolicySyntaxError as error:
        raise _refused(written, _S3_SYNTAX if call.service == "s3" else _SYNTAX) from error
    for wrong in _wrong_in(policy, written, call):
        raise _refused(written, wrong)
    _check_principals(ctx, policy, written)
    if call.service == "kms" and verdict is not None:
        _check_lockout(call, policy, verdict)


def _is_policy(call: ApiCall) -> bool:
    return call.parameters.get("AttributeName") == "Policy"


def _wrong_in(policy: Policy, written: Written, call: ApiCall) -> Iterator[str]:
    for finding in check_grammar(policy, PolicyType.RESOURCE, partition=call.partition):
        if finding.severity is Severity.ERROR:
            yield finding.aws_message or _SYNTAX
    for statement in policy.statements:
        if statement.resources is None:
            if written.resources:
                yield "Missing required field Resource" if call.service == "s3" else _SYNTAX
        elif call.service == "s3":
            bucket = f"arn:{call.partition}:s3:::{call.parameters.get('Bucket')}"
            for each in statement.resources.patterns:
                if not _may_be_in(each.text, bucket):
                    yield "Policy has invalid resource"


def _may_be_in(resource: str, bucket: str) -> bool:
    """A pattern that might name the bucket is left to the service."""
    if resource == "*":
        return False
    start = min((resource.find(sign) for sign in "*?$" if sign in resource), default=len(resource))
    if start < len(resource) and start <= len(bucket):
        return bucket.startswith(resource[:start])
    return resource == bucket or resource.startswith(f"{bucket}/")


def _check_principals(ctx: CallContext, policy: Policy, written: Written) -> None:
    for statement in policy.statements:
        for entry in statement.principals.entries if statement.principals else ():
            text = entry.value.text
            if not text.startswith("arn:") or text.split(":")[4:5] == ["cloudfront"]:
                continue
            try:
                principal_here(ctx, entry)
            except ServiceError as error:
                message = written.message.replace("{}", error.message)
                raise ServiceError(written.code, written.principal or message) from error


def _check_permission(ctx: CallContext, call: ApiCall) -> None:
    """Lambda writes its policies itself, from a principal that the caller names."""
    named = call.parameters.get("Principal")
    if call.operation not in _PERMISSIONS or not isinstance(named, str) or not named.startswith("arn:"):
        return
    statement = {"Effect": "Allow", "Principal": {"AWS": named}, "Action": "lambda:*", "Resource": "*"}
    policy = policy_from_value({"Version": "2012-10-17", "Statement": [statement]})
    wrong = [each for each in check_grammar(policy, PolicyType.RESOURCE) if each.severity is Severity.ERROR]
    if wrong:
        raise ServiceError(_PERMISSION.code, _PERMISSION.message)
    _check_principals(ctx, policy, _PERMISSION)


def _check_lockout(call: ApiCall, policy: Policy, verdict: CallVerdict) -> None:
    """Whether the caller could still change the policy that it writes.

    "The key policy must allow the calling principal to make a subsequent PutKeyPolicy request on the KMS key"
    <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>
    """
    if call.parameters.get("BypassPolicyLockoutSafetyCheck") is True:
        return
    first = next((each for each in verdict.decided if each.request.action.startswith("kms:")), None)
    if first is None:
        return
    layer = Known((AttachedPolicy(PolicyType.RESOURCE, "the new key policy", policy),))
    decision = evaluate(replace(first.request, action="kms:PutKeyPolicy"), replace(first.stack, resource=layer))
    if decision.outcome in (Outcome.IMPLICIT_DENY, Outcome.EXPLICIT_DENY):
        raise ServiceError(
            "MalformedPolicyDocumentException",
            "The new key policy will not allow you to update the key policy in the future.",
        )


def _refused(written: Written, wrong: str) -> ServiceError:
    return ServiceError(written.code, written.message.replace("{}", wrong))
