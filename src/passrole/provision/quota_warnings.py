"""Warnings where a plan would go over one of IAM's quotas: said before the first call, not after the third."""

from __future__ import annotations

from collections.abc import Mapping

from passrole.catalog import quotas
from passrole.catalog.quotas import Quota
from passrole.policy.size import document_characters
from passrole.provision.addresses import Kind

_INLINE = {
    Kind.USER: quotas.USER_INLINE_POLICIES_SIZE,
    Kind.GROUP: quotas.GROUP_INLINE_POLICIES_SIZE,
    Kind.ROLE: quotas.ROLE_INLINE_POLICIES_SIZE,
}
_ATTACHED = {
    Kind.USER: quotas.POLICIES_ATTACHED_TO_USER,
    Kind.GROUP: quotas.POLICIES_ATTACHED_TO_GROUP,
    Kind.ROLE: quotas.POLICIES_ATTACHED_TO_ROLE,
}


def holder_warnings(kind: Kind, inline_policies: Mapping[str, str], attached: int) -> tuple[str, ...]:
    """For a user, group or role that would have these inline policies (texts) and so many managed ones."""
    size = sum(document_characters(text) for text in inline_policies.values())
    return _over("inline policies together", size, _INLINE[kind]) + _over("attached", attached, _ATTACHED[kind])


def trust_policy_warnings(document: str) -> tuple[str, ...]:
    return _over("trust policy", document_characters(document), quotas.TRUST_POLICY_SIZE)


def managed_policy_warnings(document: str) -> tuple[str, ...]:
    return _over("document", document_characters(document), quotas.MANAGED_POLICY_SIZE)


def _over(what: str, wanted: int, quota: Quota) -> tuple[str, ...]:
    if wanted <= quota.value:
        return ()
    raised = f", or {quota.maximum} where AWS raised it" if quota.maximum else ""
    return (f"{what}: {wanted} {quota.unit}, and IAM allows {quota.value}{raised}; IAM would refuse it",)
