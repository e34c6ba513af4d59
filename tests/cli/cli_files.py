"""Files that the tests of questions ask: policies, authorization details, grants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

A = "arn:aws:iam::111122223333"
OBJECT = "arn:aws:s3:::reports/ana/a.csv"


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: object, resource: object = "*", **more: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def policy_file(name: str, *statements: dict[str, Any]) -> str:
    """A policy in a file of the working folder, a line for every word; its name."""
    Path(name).write_text(json.dumps(document(*statements), indent=4), encoding="utf-8")
    return name


def details_file(name: str = "details.json") -> str:
    """An account with a user of a group, a user whose statement needs MFA, and a role that EC2 may assume."""

    def entity(kind: str, entity_name: str, *statements: dict[str, Any], **more: Any) -> dict[str, Any]:
        policies = [{"PolicyName": "p", "PolicyDocument": document(*statements)}] if statements else []
        return {
            "Path": "/",
            f"{kind}Name": entity_name,
            f"{kind}Id": f"A{entity_name.upper():X<20}",
            "Arn": f"{A}:{kind.lower()}/{entity_name}",
            f"{kind}PolicyList": policies,
            "AttachedManagedPolicies": [],
            **more,
        }

    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    with_mfa = allow("s3:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    value = {
        "UserDetailList": [
            entity("User", "ana", GroupList=["readers"]),
            entity("User", "ben", with_mfa),
            entity("User", "cleo", allow("s3:*"), deny("s3:GetObject", "arn:aws:s3:::reports/*")),
        ],
        "GroupDetailList": [
            entity("Group", "readers", allow("s3:GetObject", "arn:aws:s3:::reports/${aws:username}/*"))
        ],
        "RoleDetailList": [
            entity(
                "Role", "app", allow("kms:Decrypt"), AssumeRolePolicyDocument=document(trust), InstanceProfileList=[]
            )
        ],
        "Policies": [],
    }
    Path(name).write_text(json.dumps(value), encoding="utf-8")
    return name
