"""AWS managed policies: every one of the `aws` partition with all the versions that public packages hold.

Two sorts of fact are not AWS's and say so in their fields:

* `policy_id_is_synthetic`: no package gives the id of about 700 of the policies. They get a stable id derived
  from the ARN, of the right form, which AWS has never issued.
* `assumption`: AWS keeps its own managed policies in each partition, and only those of `aws` are published in a
  package. In another partition a policy of the same name and path is served with `arn:aws:` turned into
  `arn:PARTITION:` in its documents, since an ARN of a foreign partition never matches anything; that the policy
  exists there, and says the same there, is assumed. Service names in the documents are left as they are.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from passrole.catalog.datafile import DataFileError, packaged_data
from passrole.catalog.document_history import DocumentHistory, decode


class _Row(NamedTuple):
    """One policy in section `policies`. Times are seconds since 1970."""

    name: str
    path: str
    policy_id: str | None
    created: int
    updated: int
    default_version: int
    deprecated: int
    description: str | None
    note: str | None
    versions: list[tuple[int, int | None]]
    """Number and creation time, oldest first."""
    offset: int
    length: int
    """Where the documents are in section `documents`."""


@dataclass(frozen=True, slots=True)
class AwsPolicyVersion:
    """One version of an AWS managed policy. Its document is decoded when it is first asked for."""

    version_id: str
    """`v1`, `v2`, ... Numbers can be missing: not every version was recorded by a package."""
    create_date: datetime | None
    """UTC, to the second; None when the packages hold no date that can be right for this version."""
    is_default: bool
    _policy_name: str = field(repr=False)
    _index: int = field(repr=False)
    _partition: str = field(repr=False)

    @property
    def document(self) -> str:
        """The policy document as JSON text. Raises DataFileError when the installation is damaged."""
        return _document(self._policy_name, self._index, self._partition)


@lru_cache(maxsize=64)
def _document(policy_name: str, index: int, partition: str) -> str:
    """The few that are asked for again and again: to put together a long one takes half a millisecond."""
    text = _history(policy_name).document(index)
    return text if partition == "aws" else text.replace("arn:aws:", f"arn:{partition}:")


@dataclass(frozen=True, slots=True)
class AwsManagedPolicy:
    """An AWS managed policy as one partition's accounts see it."""

    arn: str
    name: str
    path: str
    policy_id: str
    policy_id_is_synthetic: bool
    description: str | None
    """AWS's description; None where no package and no page that passrole was built from gives it."""
    create_date: datetime
    update_date: datetime
    default_version_id: str
    versions: tuple[AwsPolicyVersion, ...]
    """Oldest first."""
    deprecated: bool
    """AWS no longer lists it and refuses new attachments; where it is attached already it goes on working."""
    note: str | None
    """What a reader should know about this policy's data."""
    assumption: str | None
    """What is assumed about it, outside the partition `aws`."""

    @property
    def default_version(self) -> AwsPolicyVersion:
        return next(version for version in self.versions if version.is_default)

    @property
    def is_service_linked_role_policy(self) -> bool:
        """True for a policy that only a service-linked role can have: attaching it is refused."""
        return self.path.startswith("/aws-service-role/")

    def version(self, version_id: str) -> AwsPolicyVersion | None:
        return next((version for version in self.versions if version.version_id == version_id), None)


def get_managed_policy(arn_or_name: str, partition: str = "aws") -> AwsManagedPolicy | None:
    """The policy of that ARN or name, deprecated ones too; None when there is none in `partition`.

    Names and ARNs are compared exactly, with case, as IAM compares the ARN of a managed policy.
    """
    name = arn_or_name.rpartition("/")[2]
    row = _rows().get(name)
    if row is None:
        return None
    policy = _kept_policy(name, partition)
    return policy if arn_or_name in (policy.name, policy.arn) else None


def list_managed_policies(partition: str = "aws", *, include_deprecated: bool = False) -> tuple[AwsManagedPolicy, ...]:
    """All policies, by name. Deprecated ones are left out as IAM's ListPolicies leaves them out."""
    return tuple(_policy(row, partition) for row in _rows().values() if include_deprecated or not row.deprecated)


def close_policy_names(name: str, limit: int = 3) -> tuple[str, ...]:
    """Names that `name` was probably meant to be, the likeliest first."""
    from difflib import get_close_matches

    names = {known.lower(): known for known in _rows()}
    return tuple(names[match] for match in get_close_matches(name.lower(), names, n=limit, cutoff=0.7))


def managed_policy_arn(name: str, path: str, partition: str) -> str:
    return f"arn:{partition}:iam::aws:policy{path}{name}"


def synthetic_policy_id(arn: str) -> str:
    """An id of the form of a managed policy's (ANPA and 17 letters and digits), the same for the same ARN always."""
    digest = hashlib.sha256(arn.encode()).digest()
    return "ANPA" + base64.b32encode(digest).decode()[:17]


@lru_cache(maxsize=256)
def _kept_policy(name: str, partition: str) -> AwsManagedPolicy:
    """Of a name that is there: a policy with a hundred versions takes long to put together."""
    return _policy(_rows()[name], partition)


def _policy(row: _Row, partition: str) -> AwsManagedPolicy:
    arn = managed_policy_arn(row.name, row.path, partition)
    # An id is AWS's own only in the partition it was seen in: each partition issues its own.
    known_id = row.policy_id if partition == "aws" else None
    return AwsManagedPolicy(
        arn=arn,
        name=row.name,
        path=row.path,
        policy_id=known_id or synthetic_policy_id(arn),
        policy_id_is_synthetic=known_id is None,
        description=row.description,
        create_date=_time(row.created),
        update_date=_time(row.updated),
        default_version_id=f"v{row.default_version}",
        versions=tuple(
            AwsPolicyVersion(
                version_id=f"v{number}",
                create_date=None if seconds is None else _time(seconds),
                is_default=number == row.default_version,
                _policy_name=row.name,
                _index=index,
                _partition=partition,
            )
            for index, (number, seconds) in enumerate(row.versions)
        ),
        deprecated=bool(row.deprecated),
        note=row.note,
        assumption=None if partition == "aws" else _assumption(partition),
    )


def _assumption(partition: str) -> str:
    return (
        f"AWS publishes the managed policies of partition aws only; that {partition} has this policy, and with the "
        f"same statements, dates and versions, is assumed, with arn:aws: read as arn:{partition}:"
    )


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@cache
def _rows() -> dict[str, _Row]:
    rows = cast("list[list[Any]]", packaged_data().read_json("policies"))
    return {row[0]: _Row(*row) for row in rows}


@cache
def _dictionary() -> bytes:
    data = packaged_data()
    try:
        return zlib.decompress(data.read("dictionary"))
    except zlib.error as error:
        raise DataFileError(data.path, "section `dictionary` is damaged") from error


@lru_cache(maxsize=64)
def _history(name: str) -> DocumentHistory:
    row = _rows()[name]
    data = packaged_data()
    try:
        return decode(data.read("documents", row.offset, row.length), _dictionary())
    except (zlib.error, ValueError) as error:
        raise DataFileError(data.path, f"the documents of `{name}` are damaged") from error
