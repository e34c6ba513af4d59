"""The types of a recipe's parameters: what a value must look like, and what to type when it does not.

Sources: S3 User Guide, "General purpose bucket naming rules"
<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>; KMS Developer Guide, "Key
identifiers" <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id>; IAM User Guide, "IAM
and STS character limits" <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum


class ParameterType(Enum):
    STRING = "string"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    S3_BUCKET = "s3-bucket"
    S3_PREFIX = "s3-prefix"
    KMS_KEY_ARN = "kms-key-arn"
    ACCOUNT_ID = "account-id"
    IAM_NAME = "iam-name"
    IAM_PATH = "iam-path"
    PRINCIPAL = "principal"
    ARN = "arn"
    REGION = "region"
    LOG_GROUP = "log-group"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a set-up will stand: needed to judge ARNs and to spell out a correction."""

    account_id: str
    partition: str
    region: str


class ValueProblem(ValueError):
    """A value that its type refuses: the reason, and what to type instead."""

    def __init__(self, reason: str, help_text: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help_text = help_text


def read_text(type_: ParameterType, text: str, place: Place) -> str:
    """The value in its normal form (a prefix without slashes at its ends). Raises ValueProblem."""
    reader = _READERS.get(type_)
    return reader(text, place) if reader else text


_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _bucket(text: str, place: Place) -> str:
    for start in ("s3://", "arn:"):
        if text.startswith(start):
            name = text.removeprefix("s3://").split(":")[-1].split("/")[0]
            raise ValueProblem("a bucket's name is needed, without anything around it", f"type `{name}`")
    if not 3 <= len(text) <= 63:
        raise ValueProblem(f"a bucket name has 3 to 63 characters, this has {len(text)}")
    if not _BUCKET.fullmatch(text):
        lower = text.lower().replace("_", "-")
        again = f"`{lower}` would be possible" if lower != text and _BUCKET.fullmatch(lower) else None
        raise ValueProblem(
            "a bucket name is made of lower-case letters, digits, dots and hyphens, a letter or digit at both ends",
            again,
        )
    if ".." in text:
        raise ValueProblem("a bucket name may not hold two dots in a row")
    if re.fullmatch(r"\d{1,3}(\.\d{1,3}){3}", text):
        raise ValueProblem("a bucket name may not look like an IP address")
    for start in _RESERVED_STARTS:
        if text.startswith(start):
            raise ValueProblem(f"a bucket name may not begin with `{start}`: AWS keeps it for itself")
    for end in _RESERVED_ENDS:
        if text.endswith(end):
            raise ValueProblem(f"a bucket name may not end in `{end}`: AWS keeps it for itself")
    return text


def _prefix(text: str, _place: Place) -> str:
    _no_pattern_characters(text, "a prefix")
    prefix = text.strip("/")
    if len(prefix.encode()) > 900:
        raise ValueProblem("an object key has at most 1,024 bytes: this prefix leaves no room for a name")
    return prefix


_KEY_ID = r"(?:[0-9A-Za-z]{8}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{12}|mrk-[0-9a-f]{32})"
_KEY_ARN = re.compile(rf"arn:(?P<partition>aws[a-z-]*):kms:[a-z0-9-]+:\d{{12}}:key/{_KEY_ID}")


def _kms_key_arn(text: str, place: Place) -> str:
    if match := _KEY_ARN.fullmatch(text):
        _same_partition(match["partition"], place)
        return text
    if text.startswith("alias/") or ":alias/" in text:
        raise ValueProblem(
            "this is an alias, and a policy's Resource does not follow aliases to their key",
            f"look the key's ARN up: aws kms describe-key --key-id {text} --query KeyMetadata.Arn --output text",
        )
    if re.fullmatch(_KEY_ID, text):
        arn = f"arn:{place.partition}:kms:{place.region}:{place.account_id}:key/{text}"
        raise ValueProblem(
            "this is a key id, and a policy's Resource takes ARNs",
            f"if the key is of this account and Region, type {arn}",
        )
    raise ValueProblem(
        "this is not the ARN of a KMS key",
        f"its form is arn:{place.partition}:kms:REGION:ACCOUNT:key/KEY-ID (aws kms list-keys prints them)",
    )


def _account_id(text: str, _place: Place) -> str:
    if re.fullmatch(r"\d{4}-\d{4}-\d{4}", text):
        raise ValueProblem("an account id is written without hyphens", f"type {text.replace('-', '')}")
    if not re.fullmatch(r"[0-9]{12}", text):
        raise ValueProblem("an account id has 12 digits")
    return text


_IAM_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")


def _iam_name(text: str, _place: Place) -> str:
    if "/" in text or text.startswith("arn:"):
        raise ValueProblem("a name is needed, without a path or an ARN around it", f"type `{text.split('/')[-1]}`")
    if not _IAM_NAME.fullmatch(text):
        raise ValueProblem("an IAM name is made of letters, digits and _+=,.@-")
    return text


def _iam_path(text: str, _place: Place) -> str:
    if not re.fullmatch(r"/(?:[!-~]*/)?", text) or len(text) > 512:
        again = f"type `/{text.strip('/')}/`" if re.fullmatch(r"[!-~]*", text) and len(text) < 510 else None
        raise ValueProblem("an IAM path begins and ends with `/` and has at most 512 printable ASCII characters", again)
    _no_pattern_characters(text, "a path")
    return text


def _principal(text: str, _place: Place) -> str:
    if match := re.fullmatch(r"arn:[a-z-]+:iam::\d{12}:(user|group|role)/(?:.*/)?([^/]+)", text):
        raise ValueProblem("an entity of this account is named without its ARN", f"type {match[1]}/{match[2]}")
    kind, slash, name = text.partition("/")
    if not slash or kind not in ("user", "group", "role"):
        help_text = f"type user/{text}, group/{text} or role/{text}" if _IAM_NAME.fullmatch(text) else None
        raise ValueProblem("the form is user/NAME, group/NAME or role/NAME", help_text)
    if "/" in name:
        raise ValueProblem("the name is needed without its path", f"type {kind}/{name.split('/')[-1]}")
    # Group names may have 128 characters, the others 64.
    longest = 128 if kind == "group" else 64
    if not _IAM_NAME.fullmatch(name) or len(name) > longest:
        raise ValueProblem(f"a {kind}'s name has 1 to {longest} letters, digits and _+=,.@-")
    return text


def _arn(text: str, place: Place) -> str:
    parts = text.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        raise ValueProblem("this is not an ARN", f"its form is arn:{place.partition}:SERVICE:REGION:ACCOUNT:RESOURCE")
    _no_pattern_characters(text, "this ARN")
    _same_partition(parts[1], place)
    return text


def _region(text: str, _place: Place) -> str:
    if not re.fullmatch(r"[a-z]{2,4}(?:-[a-z]+){1,3}-[0-9]+", text):
        raise ValueProblem("this is not a Region's code", "a code looks like eu-west-1 (not a zone such as eu-west-1a)")
    return text


def _log_group(text: str, _place: Place) -> str:
    if text.startswith("arn:"):
        raise ValueProblem("the log group's name is needed", f"type {text.split(':log-group:')[-1].removesuffix(':*')}")
    if not re.fullmatch(r"[A-Za-z0-9_/.#-]{1,512}", text):
        raise ValueProblem("a log group's name has 1 to 512 letters, digits and _-/.#")
    if text.startswith("aws/"):
        raise ValueProblem("a log group's name may not begin with `aws/`")
    return text


def _no_pattern_characters(text: str, subject: str) -> None:
    """Inside a Resource, `*`, `?` and `${` would match more than the one thing that was named."""
    for sign in ("*", "?", "${"):
        if sign in text:
            raise ValueProblem(f"{subject} may not hold `{sign}`: in a policy it stands for other text")


def _same_partition(partition: str, place: Place) -> None:
    if partition != place.partition:
        raise ValueProblem(f"this ARN is of partition `{partition}`, and the set-up is made in `{place.partition}`")


_READERS: dict[ParameterType, Callable[[str, Place], str]] = {
    ParameterType.S3_BUCKET: _bucket,
    ParameterType.S3_PREFIX: _prefix,
    ParameterType.KMS_KEY_ARN: _kms_key_arn,
    ParameterType.ACCOUNT_ID: _account_id,
    ParameterType.IAM_NAME: _iam_name,
    ParameterType.IAM_PATH: _iam_path,
    ParameterType.PRINCIPAL: _principal,
    ParameterType.ARN: _arn,
    ParameterType.REGION: _region,
    ParameterType.LOG_GROUP: _log_group,
}
