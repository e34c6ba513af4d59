"""AWS Systems Manager's parameters, whose secure ones ask their key of KMS when they are written or decrypted.

Sources: <https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html>,
<https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html>,
<https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html>.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import ask_kms_through, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.named import whole
from passrole.activity.bind.rows import Builder, Row, Table, reference
from passrole.activity.bind.state import Known, NotKnown
from passrole.engine.request import ContextValue

_PAGE: Final = reference("awssystemsmanager")
_REFERENCE: Final = "aws/reference/"
_KEYS: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html"


def parameter_arn(inquiry: Inquiry, named: str) -> str:
    """A parameter's ARN has its name without the leading slash, and no version or label.

    Raises CannotBindError for a name below `/aws/reference`, which stands for a thing of another service.
    """
    if named.startswith("arn:"):
        arn = whole(inquiry, named, "ssm", "parameter/")
    else:
        arn = inquiry.arn("ssm", f"parameter/{named.partition(':')[0].removeprefix('/')}")
    if f"{arn}/".casefold().partition(":parameter/")[2].lstrip("/").startswith(_REFERENCE):
        reason = f"`{named}` is a secret of Secrets Manager's, and what that asks besides passrole does not derive"
        raise CannotBindError(Why.NOT_KNOWN, reason)
    return arn


def _on_parameter(action: str, member: str = "Name") -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield inquiry.ask(f"ssm:{action}", parameter_arn(inquiry, inquiry.need(member)), "parameter", _keys(inquiry))

    return build


def _keys(inquiry: Inquiry) -> dict[str, ContextValue | None]:
    overwrite = inquiry.call.parameters.get("Overwrite")
    recursive = inquiry.call.parameters.get("Recursive")
    return {
        "ssm:Overwrite": str(bool(overwrite)).lower() if overwrite is not None else None,
        "ssm:Recursive": str(bool(recursive)).lower() if recursive is not None else None,
    }


def _get(action: str, *, several: bool) -> Builder:
    """With decryption, a secure parameter asks its key as well."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        names = inquiry.texts("Names") if several else (inquiry.need("Name"),)
        arns = [parameter_arn(inquiry, name) for name in names]
        for arn in arns:
            yield inquiry.ask(f"ssm:{action}", arn, "parameter", _keys(inquiry))
        for arn in arns if inquiry.call.parameters.get("WithDecryption") else ():
            yield from _decrypt(inquiry, arn)

    return build


def _decrypt(inquiry: Inquiry, arn: str) -> Iterator[Asked]:
    stored = inquiry.state.encryption(arn)
    if isinstance(stored, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"the key of `{arn}` is not known: {stored.reason}")
    if isinstance(stored, Known) and stored.value.key_arn:
        yield _through(inquiry, "kms:Decrypt", stored.value.key_arn, arn)


def _by_path(inquiry: Inquiry) -> Iterator[Asked]:
    """The path itself; with decryption, the key of each secure parameter below it, which the stored state lists:
    `attribute("…:parameter/app", "SecureParameters")`, their ARNs at any depth."""
    arn = parameter_arn(inquiry, inquiry.need("Path").rstrip("/"))
    yield inquiry.ask("ssm:GetParametersByPath", arn, "parameter", _keys(inquiry))
    if not inquiry.call.parameters.get("WithDecryption"):
        return
    answer = inquiry.state.attribute(arn, "SecureParameters")
    if isinstance(answer, NotKnown):
        raise CannotBindError(Why.NOT_KNOWN, f"which secure parameters are below `{arn}` is not known: {answer.reason}")
    below: tuple[str, ...] = ()
    if isinstance(answer, Known):
        below = (answer.value,) if isinstance(answer.value, str) else tuple(answer.value)
    for each in below:
        if inquiry.call.parameters.get("Recursive") or "/" not in each.removeprefix(f"{arn.rstrip('/')}/"):
            yield from _decrypt(inquiry, each)


def _put_parameter(inquiry: Inquiry) -> Iterator[Asked]:
    """A standard secure parameter is encrypted by its key itself, an advanced one by a data key."""
    arn = parameter_arn(inquiry, inquiry.need("Name"))
    yield inquiry.ask("ssm:PutParameter", arn, "parameter", _keys(inquiry))
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("ssm:AddTagsToResource", arn, "parameter")
    if inquiry.text("Type") == "SecureString":
        key = key_arn(inquiry, inquiry.text("KeyId") or "alias/aws/ssm")
        if inquiry.text("Tier") in ("Advanced", "Intelligent-Tiering"):
            yield _through(inquiry, "kms:GenerateDataKey", key, arn)
        if inquiry.text("Tier") != "Advanced":
            yield _through(inquiry, "kms:Encrypt", key, arn)


def _through(inquiry: Inquiry, action: str, key: str, arn: str) -> Asked:
    return ask_kms_through(inquiry, "ssm", action, key, {"PARAMETER_ARN": arn}, True)


def _delete_several(inquiry: Inquiry) -> Iterator[Asked]:
    for name in inquiry.texts("Names"):
        yield inquiry.ask("ssm:DeleteParameters", parameter_arn(inquiry, name), "parameter")


TABLE: Table = {
    **{
        name: Row(_on_parameter(name), _PAGE)
        for name in ("DeleteParameter", "GetParameterHistory", "LabelParameterVersion", "UnlabelParameterVersion")
    },
    "DeleteParameters": Row(_delete_several, _PAGE),
    "GetParameter": Row(_get("GetParameter", several=False), _KEYS),
    "GetParameters": Row(_get("GetParameters", several=True), _KEYS),
    "GetParametersByPath": Row(_by_path, _KEYS),
    "PutParameter": Row(_put_parameter, _KEYS),
}
