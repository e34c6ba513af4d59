"""The set-ups that are run end to end: every built-in recipe with its demo's, its fewest and its strictest values.

`documented_denies` are the calls (actor, action) that a set-up as AWS's page has it leaves denied, and the note of
the recipe that promises it. The corrected variant leaves none denied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passrole.recipes.desired import Json

Call = tuple[str, str]

NO_PASS_ROLE: dict[Call, str] = {("user", "iam:PassRole"): "E9"}
NO_FETCH: dict[Call, str] = {**NO_PASS_ROLE, ("user", "s3:GetObject"): "E11"}


@dataclass(frozen=True)
class Case:
    """`existing` are groups and roles that must be there, made by others."""

    recipe: str
    name: str
    values: Mapping[str, Json]
    documented_denies: Mapping[Call, str] = field(default_factory=dict)
    existing: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.recipe}-{self.name}"


_IMAGES: dict[str, Json] = {"import_bucket": "disk-images", "export_bucket": "exports"}
_S3_LOGS: dict[str, Json] = {"logging": "s3", "log_bucket": "session-logs"}
_TAGS: dict[str, Json] = {
    "forbidden_tag_key": "Env",
    "forbidden_tag_values": "Desktop",
    "request_tag_key": "stage",
    "request_tag_values": "production",
}

CASES = (
    Case("vm-import", "demo", {**_IMAGES, "user": "user/migrator"}, NO_FETCH),
    Case("vm-import", "fewest", {"import_bucket": "disk-images"}, NO_PASS_ROLE),
    Case(
        "vm-import",
        "strictest",
        {
            **_IMAGES,
            "user": "user/migrator",
            "kms_key_arns": "{key}",
            "restrict_kms": True,
            "kms_for_user": True,
            "restrict_source": True,
            "restrict_pass_role": True,
            "license_manager": True,
            "create_bucket": True,
        },
        NO_FETCH,
    ),
    Case(
        "vm-import",
        "other-names-on-a-group",
        {**_IMAGES, "user": "group/migrators", "role_name": "import", "user_policy_name": "u", "role_policy_name": "r"},
        NO_FETCH,
        existing=("group/migrators",),
    ),
    Case("vm-import", "on-a-role", {**_IMAGES, "user": "role/ci"}, NO_FETCH, existing=("role/ci",)),
    Case(
        "session-manager",
        "demo",
        {"logging": "both", "log_bucket": "session-logs", "log_prefix": "sessions", "kms_key_arn": "{key}",
         "user": "user/operator"},
        {("instance-role", "s3:PutObject"): "E3", ("instance-role", "kms:Decrypt"): "E5"},
    ),
    Case("session-manager", "fewest", {}),
    Case("session-manager", "encrypted-sessions", {"kms_key_arn": "{key}"}),
    Case(
        "session-manager",
        "strictest",
        {**_S3_LOGS, "log_bucket_key_arn": "{key}", "kms_key_arn": "{key}", "user": "group/operators"},
        {("instance-role", "s3:PutObject"): "E4", ("instance-role", "kms:Decrypt"): "E5"},
        existing=("group/operators",),
    ),
    Case(
        "session-manager",
        "bucket-of-another-account",
        {**_S3_LOGS, "log_prefix": "sessions", "log_bucket_account": "444455556666"},
        {("instance-role", "s3:PutObject"): "E3", ("instance-role", "s3:PutObjectAcl"): "E3"},
    ),
    Case(
        "session-manager",
        "log-group-and-other-names",
        {"logging": "cloudwatch", "log_group": "/x", "create_log_group": True, "user_policy": True, "role_name": "Ec2",
         "instance_profile_name": "Ec2Profile", "policy_name": "Ssm"},
    ),
    Case("dms-user", "demo", {"principal": "user/migrator"}),
    Case(
        "dms-user",
        "strictest",
        {"principal": "user/migrator", "restrict_roles": True, "roles_preconfigured": True, "kms_key": "{key}",
         "s3_target_role": "dms-s3-target", "secret_arn": "{secret}", **_TAGS,
         "forbidden_resource_arns": "arn:aws:dms:us-east-1:{account}:rep:DOH67ZTOXGLIXMIHKITV"},
    ),
    Case(
        "dms-user",
        "cli-on-a-group",
        {"principal": "group/migrators", "interface": "cli", "monitoring": False, "logs": False, "redshift": False},
        existing=("group/migrators",),
    ),
    Case("dms-user", "on-a-role", {"principal": "role/ci"}, existing=("role/ci",)),
    Case("dms-roles", "demo", {"redshift": True}),
    Case("dms-roles", "fewest", {}),
    Case(
        "dms-roles",
        "strictest",
        {"redshift": True, "redshift_serverless": True, "redshift_bucket": "warehouse-staging", "restrict_source": True,
         "s3_target_bucket": "targets", "s3_target_canned_acl": True, "s3_target_kms_key": "{key}",
         "secret_arn": "{secret}", "secret_kms_key": "{key}"},
    ),
    Case(
        "dms-roles",
        "copies-of-aws-policies",
        {"redshift": True, "policies": "custom-copy"},
        {("vpc-role", "ec2:DescribeDhcpOptions"): "E20", ("vpc-role", "ec2:DescribeNetworkInterfaces"): "E20"},
    ),
    Case("sms", "demo", {"connector_names": "sms-connector-1,sms-connector-2", "user": "user/migrator"}),
    Case("sms", "fewest", {}),
    Case("sms", "strictest", {"user": "user/migrator", "restrict_source": True, "role_name": "migrations"}),
    Case("sms", "template", {"method": "template"}),
)  # fmt: skip
