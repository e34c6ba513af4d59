"""What access control lists grant, as policies: to everyone, to every AWS account, to the account of the owner.

Grants to single other accounts are by canonical user id, of which the server's accounts have none: they give nothing.
Source: Amazon S3 User Guide, "Access control list (ACL) overview", "Mapping of ACL permissions and access policy
permissions" <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.state import NoSuchThing, NotKnown
from passrole.engine.stack import Known as KnownLayer
from passrole.engine.stack import Layer, Unknown
from passrole.server.gateway.readings import Answered, Lacking
from passrole.server.gateway.resource_policies.resource_side import made_policy
from passrole.server.gateway.state.of_service import member_of

_EVERYONE: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
_AUTHENTICATED: Final = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
_PUBLIC: Final = (_EVERYONE, _AUTHENTICATED)

_ON_BUCKET: Final = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject",),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_ON_OBJECT: Final = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}


def acl_layer(name: str, acl: Answered, resource: str, *, of_object: bool) -> Layer:
    """What a list grants on a resource (of a bucket's WRITE, on the objects in it)."""
    if isinstance(acl, Lacking):
        return KnownLayer()
    if isinstance(acl, NotKnown):
        return Unknown(f"{name} could not be read: {acl.reason}")
    if isinstance(acl, NoSuchThing):
        return KnownLayer()
    grants = acl.value.get("Grants")
    statements = [
        statement
        for grant in (grants if isinstance(grants, list) else [])
        for statement in _statements(grant, resource, of_object)
    ]
    return KnownLayer((made_policy(name, *statements),)) if statements else KnownLayer()


def public_grantees(call: Mapping[str, object]) -> bool:
    """Whether a request sets a list that grants something to everyone, or to every AWS account.

    "Amazon S3 considers a bucket or object ACL public if it grants any permissions to members of the predefined
    AllUsers or AuthenticatedUsers groups."
    """
    if call.get("ACL") in ("public-read", "public-read-write", "authenticated-read"):
        return True
    headers = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
    if any(group in str(call.get(header, "")) for header in headers for group in _PUBLIC):
        return True
    grants = member_of(call.get("AccessControlPolicy"), "Grants")
    return any(member_of(grant, "Grantee", "URI") in _PUBLIC for grant in (grants if isinstance(grants, list) else []))


def _statements(grant: object, resource: str, of_object: bool) -> list[Mapping[str, object]]:
    group = member_of(grant, "Grantee", "URI")
    if group not in _PUBLIC:
        # What the owner's own account may do its policies say.
        return []
    table = _ON_OBJECT if of_object else _ON_BUCKET
    permission = str(member_of(grant, "Permission"))
    statements: list[Mapping[str, object]] = []
    for each in table if permission == "FULL_CONTROL" else (permission,):
        statement: dict[str, object] = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": list(table.get(each, ())),
            "Resource": f"{resource}/*" if each == "WRITE" else resource,
        }
        if group == _AUTHENTICATED:
            statement["Condition"] = {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}
        if statement["Action"]:
            statements.append(statement)
    return statements
