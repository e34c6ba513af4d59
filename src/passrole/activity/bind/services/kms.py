"""AWS KMS: every operation, with the keys that the KMS Developer Guide documents for each.

An alias asks about itself and about its key; re-encrypting asks two keys; a ciphertext names the key that made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from passrole.activity.bind.inquiry import Inquiry
from passrole.activity.bind.kms_keys import alias_arn, ask_kms, key_arn
from passrole.activity.bind.model import Asked, CannotBindError, Why
from passrole.activity.bind.rows import Builder, Row, Table
from passrole.activity.bind.state import Known, NoSuchThing, NotKnown
from passrole.engine.request import ContextValue

_PAGE: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html"
_ALIASES: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html"
_CREATING: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/create-keys.html"

Keys = dict[str, ContextValue | None]

_MEMBERS: Final = {
    "kms:EncryptionAlgorithm": "EncryptionAlgorithm",
    "kms:SigningAlgorithm": "SigningAlgorithm",
    "kms:MacAlgorithm": "MacAlgorithm",
    "kms:KeyAgreementAlgorithm": "KeyAgreementAlgorithm",
    "kms:MessageType": "MessageType",
    "kms:DataKeyPairSpec": "KeyPairSpec",
    "kms:ExpirationModel": "ExpirationModel",
    "kms:ValidTo": "ValidTo",
    "kms:WrappingAlgorithm": "WrappingAlgorithm",
    "kms:WrappingKeySpec": "WrappingKeySpec",
    "kms:PrimaryRegion": "PrimaryRegion",
    "kms:ReplicaRegion": "ReplicaRegion",
    "kms:ScheduleKeyDeletionPendingWindowInDays": "PendingWindowInDays",
    "kms:RotationPeriodInDays": "RotationPeriodInDays",
    "kms:GranteePrincipal": "GranteePrincipal",
    "kms:RetiringPrincipal": "RetiringPrincipal",
}
"""Condition keys that hold a parameter, with its member."""

_DEFAULTS: Final = {
    "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
    "kms:MessageType": "RAW",
    "kms:ScheduleKeyDeletionPendingWindowInDays": "30",
    "kms:ExpirationModel": "KEY_MATERIAL_EXPIRES",
}
"""What a parameter is when it is not given; conditions apply to it all the same."""


def _request_keys(inquiry: Inquiry) -> Keys:
    members = inquiry.operation.members
    keys: Keys = {}
    for key, member in _MEMBERS.items():
        value = inquiry.text(member)
        keys[key] = value if value is not None else _DEFAULTS.get(key) if member in members else None
    bypass = inquiry.call.parameters.get("BypassPolicyLockoutSafetyCheck")
    keys["kms:BypassPolicyLockoutSafetyCheck"] = "true" if bypass else "false"
    if "Operations" in members:
        keys.update(_grant_keys(inquiry))
    return keys


def _grant_keys(inquiry: Inquiry) -> Keys:
    constraints = inquiry.mapping("Constraints")
    return {
        "kms:GrantOperations": inquiry.texts("Operations"),
        "kms:GrantConstraintType": next((str(key) for key in constraints), None),
        "kms:GrantIsForAWSResource": "false",
    }


def _context(inquiry: Inquiry, member: str = "EncryptionContext") -> dict[str, str]:
    return {str(key): str(value) for key, value in inquiry.mapping(member).items()}


def _ask_key(inquiry: Inquiry, action: str, named: str) -> Asked:
    given = _context(inquiry)
    for constraint in inquiry.mapping("Constraints").values():
        given.update(
            {str(key): str(value) for key, value in constraint.items()} if isinstance(constraint, Mapping) else {}
        )
    key = key_arn(inquiry, named)
    return ask_kms(inquiry, action, key, _request_keys(inquiry), encryption_context=given, named=named)


def _on_key(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        yield _ask_key(inquiry, action, inquiry.need("KeyId"))

    return build


def _decrypt(inquiry: Inquiry) -> Iterator[Asked]:
    named = inquiry.text("KeyId") or _key_of_ciphertext(inquiry)
    yield _ask_key(inquiry, "kms:Decrypt", named)


def _re_encrypt(inquiry: Inquiry) -> Iterator[Asked]:
    source = inquiry.text("SourceKeyId") or _key_of_ciphertext(inquiry)
    target = inquiry.need("DestinationKeyId")
    arns = (key_arn(inquiry, source), key_arn(inquiry, target))
    same = "true" if arns[0] == arns[1] else "false"
    for action, named, arn, side in (
        ("kms:ReEncryptFrom", source, arns[0], "Source"),
        ("kms:ReEncryptTo", target, arns[1], "Destination"),
    ):
        keys: Keys = {
            "kms:ReEncryptOnSameKey": same,
            "kms:EncryptionAlgorithm": inquiry.text(f"{side}EncryptionAlgorithm") or "SYMMETRIC_DEFAULT",
        }
        given = _context(inquiry, f"{side}EncryptionContext")
        yield ask_kms(inquiry, action, arn, keys, encryption_context=given, named=named)


def _key_of_ciphertext(inquiry: Inquiry) -> str:
    blob = inquiry.call.parameters.get("CiphertextBlob")
    answer = inquiry.state.key_of_ciphertext(blob) if isinstance(blob, bytes) else NotKnown("it is not bytes")
    if isinstance(answer, Known):
        return answer.value
    why = answer.reason if isinstance(answer, NotKnown) else "no key made it"
    raise CannotBindError(Why.NOT_KNOWN, f"the key of the ciphertext is not known: {why}")


def _alias(action: str, *, moves: bool) -> Builder:
    """An alias and its key; an alias that moves to another key asks about both."""

    def build(inquiry: Inquiry) -> Iterator[Asked]:
        alias = alias_arn(inquiry, inquiry.need("AliasName"))
        if alias is None:
            raise CannotBindError(Why.RESOURCE_NOT_NAMED, "an alias's name begins with `alias/`")
        none: Keys = {"kms:CallerAccount": inquiry.call.account, "kms:ViaService": None}
        yield inquiry.ask(action, alias, "alias", none)
        if moves:
            answer = inquiry.state.stands_for(alias)
            if isinstance(answer, NotKnown):
                raise CannotBindError(Why.NOT_KNOWN, f"the key of `{alias}` is not known: {answer.reason}")
            if not isinstance(answer, NoSuchThing):
                yield ask_kms(inquiry, action, answer.value, {})
        if inquiry.text("TargetKeyId"):
            yield ask_kms(inquiry, action, key_arn(inquiry, inquiry.need("TargetKeyId")), {})

    return build


def _create_key(inquiry: Inquiry) -> Iterator[Asked]:
    """A key that is yet to be is asked about as `*`; tags and a multi-Region key ask more."""
    keys = _new_key(inquiry)
    yield inquiry.ask("kms:CreateKey", "*", None, keys, absent=("aws:ResourceTag/*",))
    if inquiry.call.parameters.get("Tags"):
        yield inquiry.ask("kms:TagResource", inquiry.arn("kms", "key/*"), "key", keys, new=True)
    if inquiry.call.parameters.get("MultiRegion"):
        role = "role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys"
        service: Keys = {"iam:AWSServiceName": "mrk.kms.amazonaws.com"}
        yield inquiry.ask("iam:CreateServiceLinkedRole", inquiry.arn("iam", role, region=False), "role", service)


def _new_key(inquiry: Inquiry) -> Keys:
    """Source: <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html> for the defaults."""
    multi_region = bool(inquiry.call.parameters.get("MultiRegion"))
    return {
        **_request_keys(inquiry),
        "kms:CallerAccount": inquiry.call.account,
        "kms:ViaService": None,
        "kms:KeySpec": inquiry.text("KeySpec") or inquiry.text("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT",
        "kms:KeyUsage": inquiry.text("KeyUsage") or "ENCRYPT_DECRYPT",
        "kms:KeyOrigin": inquiry.text("Origin") or "AWS_KMS",
        "kms:MultiRegion": "true" if multi_region else "false",
        "kms:MultiRegionKeyType": "PRIMARY" if multi_region else None,
    }


def _replicate(inquiry: Inquiry) -> Iterator[Asked]:
    """The primary in its Region, and a key to be created in the Region of the replica."""
    yield _ask_key(inquiry, "kms:ReplicateKey", inquiry.need("KeyId"))
    created = inquiry.ask(
        "kms:CreateKey", "*", None, {"kms:CallerAccount": inquiry.call.account, "kms:ViaService": None}
    )
    region = inquiry.need("ReplicaRegion")
    yield inquiry.elsewhere(created, region)


def _retire(inquiry: Inquiry) -> Iterator[Asked]:
    if not inquiry.text("KeyId"):
        raise CannotBindError(Why.NOT_KNOWN, "a grant token does not tell which key its grant is on")
    yield _ask_key(inquiry, "kms:RetireGrant", inquiry.need("KeyId"))


def _without_key(action: str) -> Builder:
    def build(inquiry: Inquiry) -> Iterator[Asked]:
        keys: Keys = {"kms:CallerAccount": inquiry.call.account, "kms:ViaService": None}
        absent = () if "Recipient" in inquiry.call.parameters else ("kms:RecipientAttestation",)
        yield inquiry.ask(action, "*", None, keys, absent=absent)

    return build


_ON_KEY: Final = """
CancelKeyDeletion CreateGrant Decapsulate DeleteImportedKeyMaterial DeriveSharedSecret DescribeKey
DisableKey DisableKeyRotation
EnableKey EnableKeyRotation Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext
GenerateDataKeyWithoutPlaintext GenerateMac
GetKeyLastUsage GetKeyPolicy GetKeyRotationStatus GetParametersForImport GetPublicKey
ImportKeyMaterial ListGrants ListKeyPolicies ListKeyRotations ListResourceTags PutKeyPolicy RevokeGrant
RotateKeyOnDemand ScheduleKeyDeletion Sign TagResource UntagResource UpdateKeyDescription UpdatePrimaryRegion Verify
VerifyMac
"""
_WITHOUT_KEY: Final = """
ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore
GenerateRandom ListAliases ListKeys ListRetirableGrants UpdateCustomKeyStore
"""

TABLE: Table = {
    **{name: Row(_on_key(f"kms:{name}"), _PAGE) for name in _ON_KEY.split()},
    **{name: Row(_without_key(f"kms:{name}"), _PAGE) for name in _WITHOUT_KEY.split()},
    "Decrypt": Row(_decrypt, _PAGE),
    "ReEncrypt": Row(_re_encrypt, _PAGE),
    "CreateAlias": Row(_alias("kms:CreateAlias", moves=False), _ALIASES),
    "DeleteAlias": Row(_alias("kms:DeleteAlias", moves=True), _ALIASES),
    "UpdateAlias": Row(_alias("kms:UpdateAlias", moves=True), _ALIASES),
    "CreateKey": Row(_create_key, _CREATING),
    "ReplicateKey": Row(_replicate, _PAGE),
    "RetireGrant": Row(_retire, _PAGE),
}
