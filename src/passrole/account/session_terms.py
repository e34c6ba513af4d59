"""What a request for temporary credentials asks of them: session policies, session tags, and how much room they take.

Sources: STS API Reference, AssumeRole and GetFederationToken
<https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>; IAM User Guide, "Pass session tags in AWS
STS" <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
"""

from __future__ import annotations

import math

from passrole.account.callers import SessionTerms
from passrole.account.context import AccountView, CallContext
from passrole.account.documents import checked_document
from passrole.account.managed import find_policy
from passrole.account.params import Params
from passrole.account.service_error import ServiceError, malformed_policy, validation_error
from passrole.policy.model import PolicyType


def requested_policies(
    ctx: CallContext, params: Params, policy_account: AccountView
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Inline policies as text, and the ARNs of managed ones, which must be in `policy_account` or AWS's own.

    Raises MalformedPolicyDocument, ValidationError.
    """
    document = params.optional_text("Policy")
    if document is not None:
        checked_document(document, PolicyType.SESSION, partition=ctx.partition)
    arns = tuple(record.text("arn") for record in params.records("PolicyArns") if record.has("arn"))
    if len(arns) > ctx.quotas.session_policy_arns:
        raise validation_error(
            f"1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length "
            f"less than or equal to {ctx.quotas.session_policy_arns}"
        )
    for arn in arns:
        if find_policy(policy_account, arn) is None:
            # The code and the text are a guess; that STS refuses is on the page.
            raise malformed_policy(f"Policy {arn} does not exist or is not attachable.")
    return (() if document is None else (document,)), arns


def requested_tags(params: Params) -> dict[str, str]:
    """Session tags. Raises InvalidParameterValue for two equal keys and for AWS's own prefix."""
    keys = [record.text("Key").lower() for record in params.records("Tags")]
    if len(set(keys)) < len(keys):
        raise invalid_parameter_value("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.startswith("aws:") for key in keys):
        # The rule is on the page, code and text are a guess.
        raise invalid_parameter_value("aws: prefixed tag key names are not allowed for external use.")
    return params.tags()


def chained_tags(
    tags: dict[str, str], transitive: tuple[str, ...], calling: SessionTerms
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The tags and transitive keys of a role session, with those that the calling session hands on."""
    keys = {key.lower() for key in tags}
    if not {key.lower() for key in transitive} <= keys:
        raise invalid_parameter_value("The specified transitive tag key must be included in the requested tags.")
    inherited = {key.lower() for key in calling.transitive_tag_keys}
    if inherited & keys:
        raise invalid_parameter_value(
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session."
        )
    handed_on = {key: value for key, value in calling.tags.items() if key.lower() in inherited}
    return {**handed_on, **tags}, (*calling.transitive_tag_keys, *transitive)


def packed_percent(ctx: CallContext, terms: SessionTerms) -> int | None:
    """How full the session's allowance is; None when nothing takes room. Raises PackedPolicyTooLarge.

    AWS packs in a way of its own; here plain characters are counted.
    """
    if not (terms.policies or terms.policy_arns or terms.tags):
        return None
    characters = sum(map(len, (*terms.policies, *terms.policy_arns)))
    percent = math.ceil(100 * characters / ctx.quotas.session_policy_size)
    if percent > 100:
        raise ServiceError(
            "PackedPolicyTooLarge",
            f"Packed policy consumes {percent}% of allotted space, please use smaller policy.",
        )
    return percent


def invalid_parameter_value(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValue", message)
