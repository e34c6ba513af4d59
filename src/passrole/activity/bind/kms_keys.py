"""KMS keys named in a call, and the condition keys of a question to KMS, asked directly or through another service.

Sources: <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>,
<https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.model import NO_KEYS, Asked, CannotBindError, Why
from passrole.engine.request import ContextValue

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
_KEY_ARN = re.compile(r"arn:[a-z0-9-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9_-]{1,256}")
ATTESTATION = "kms:RecipientAttestation"
"""Stands for all keys that begin so, which only a request from an enclave has."""


def key_arn(inquiry: Inquiry, key_id: str) -> str:
    """The key's ARN for a key ID, key ARN, alias name or alias ARN; raises CannotBindError for an unknown alias."""
    alias = alias_arn(inquiry, key_id)
    if alias is not None:
        key = inquiry.behind(alias, "the key")
        if key is None:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"there is no alias `{key_id}`")
        return key
    if _KEY_ID.fullmatch(key_id):
        return inquiry.arn("kms", f"key/{key_id}")
    if _KEY_ARN.fullmatch(key_id):
        return key_id
    # Some other reading of it might name a key that was not asked about.
    raise CannotBindError(Why.RESOURCE_NOT_NAMED, f"`{key_id}` is neither an id, an ARN nor an alias of a key")


def alias_arn(inquiry: Inquiry, key_id: str) -> str | None:
    """The alias's ARN, where a key is named by an alias."""
    if key_id.startswith("alias/"):
        return inquiry.arn("kms", key_id)
    return key_id if ":alias/" in key_id else None


def ask_kms(
    inquiry: Inquiry,
    action: str,
    key: str,
    context: Mapping[str, ContextValue | None],
    *,
    encryption_context: Mapping[str, str] | None = None,
    named: str | None = None,
) -> Asked:
    """One question about a key, asked by the caller itself.

    `encryption_context` None says that the operation has none; `named` is the key as the call names it, from which
    kms:RequestAlias follows.
    """
    alias = alias_arn(inquiry, named) if named else None
    keys: dict[str, ContextValue | None] = {
        "kms:CallerAccount": inquiry.call.account,
        "kms:ViaService": None,
        "kms:RequestAlias": f"alias/{alias.partition(':alias/')[2]}" if alias else None,
        **encryption_keys(encryption_context or {}),
        **context,
    }
    absent = {"kms:EncryptionContext:*", "kms:EncryptionContextKeys"}
    if "Recipient" not in inquiry.call.parameters:
        absent.add(ATTESTATION)
    return inquiry.ask(action, key, "key", keys, absent=absent - set(keys))


def ask_kms_through(
    inquiry: Inquiry,
    service: str,
    action: str,
    key: str,
    context: Mapping[str, str],
    context_is_whole: bool,
    more: Mapping[str, ContextValue | None] = NO_KEYS,
) -> Asked:
    """The question that a service asks for its caller, with the caller's permissions (a forward access session).

    `context` is the encryption context as far as it is known; `more` are further keys of the question.
    Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>
    """
    keys: dict[str, ContextValue | None] = {
        "kms:CallerAccount": inquiry.call.account,
        "kms:RequestAlias": None,
        "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
        **encryption_keys(context),
        **more,
    }
    via_is_known = inquiry.call.partition in ("aws", "aws-us-gov")
    if via_is_known:
        keys["kms:ViaService"] = f"{service}.{inquiry.call.region}.amazonaws.com"
    absent = {ATTESTATION}
    if context_is_whole:
        absent.add("kms:EncryptionContext:*")
    else:
        keys.pop("kms:EncryptionContextKeys", None)
    return inquiry.ask(action, key, "key", keys, absent=absent, called_via=(f"{service}.amazonaws.com",))


def encryption_keys(context: Mapping[str, str]) -> dict[str, ContextValue]:
    """kms:EncryptionContext:KEY for each pair, and kms:EncryptionContextKeys; none for an empty context."""
    if not context:
        return {}
    return {
        "kms:EncryptionContextKeys": tuple(context),
        **{f"kms:EncryptionContext:{key}": value for key, value in context.items()},
    }
