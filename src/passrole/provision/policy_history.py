"""The versions of a managed policy: those that an account's IAM lists (ListPolicyVersions), and those of the catalogue.

IAM keeps five versions at most; the catalogue has older ones, and those of the account may be newer than the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from passrole.catalog.managed_policies import AwsManagedPolicy
from passrole.provision.call import call, call_list
from passrole.provision.reading import document_text

if TYPE_CHECKING:
    from botocore.client import BaseClient


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    version_id: str
    create_date: datetime | None
    """UTC; None where no package has it."""
    is_default: bool
    in_account: bool
    """Whether the account's IAM lists it; else the catalogue alone has it."""


@dataclass(frozen=True, slots=True)
class PolicyHistory:
    arn: str
    versions: tuple[PolicyVersion, ...]
    """Oldest first."""
    _published: AwsManagedPolicy | None = field(repr=False)
    _iam: BaseClient | None = field(repr=False)

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    def document(self, version: PolicyVersion) -> str:
        """As JSON text, that of the account read by GetPolicyVersion. Raises PassroleError for a refused call."""
        if version.in_account and self._iam is not None:
            answer = call(self._iam, "GetPolicyVersion", {"PolicyArn": self.arn, "VersionId": version.version_id})
            return document_text(answer["PolicyVersion"]["Document"])
        kept = self._published.version(version.version_id) if self._published else None
        if kept is None:
            raise LookupError(version.version_id)
        return kept.document

    def at(self, moment: datetime) -> PolicyVersion | None:
        """The version that was current then; None where none is known to have been there."""
        known = [each for each in self.versions if each.create_date is not None and each.create_date <= moment]
        return known[-1] if known else None

    @property
    def is_known_from_its_beginning(self) -> bool:
        return bool(self.versions) and self.versions[0].version_id == "v1" and self.versions[0].create_date is not None


def catalogue_history(published: AwsManagedPolicy) -> PolicyHistory:
    versions = (
        PolicyVersion(each.version_id, each.create_date, each.is_default, in_account=False)
        for each in published.versions
    )
    return PolicyHistory(published.arn, tuple(versions), published, None)


def history_in_account(iam: BaseClient, arn: str, published: AwsManagedPolicy | None) -> PolicyHistory:
    """`published` is the policy in the catalogue, where it has one. Raises what the call raises."""
    listed = call_list(iam, "ListPolicyVersions", {"PolicyArn": arn}, "Versions")
    versions = {
        each["VersionId"]: PolicyVersion(
            each["VersionId"], _utc(each.get("CreateDate")), bool(each["IsDefaultVersion"]), in_account=True
        )
        for each in listed
    }
    for kept in published.versions if published else ():
        if kept.version_id not in versions:
            versions[kept.version_id] = PolicyVersion(kept.version_id, kept.create_date, False, in_account=False)
    return PolicyHistory(arn, tuple(sorted(versions.values(), key=_number)), published, iam)


def _number(version: PolicyVersion) -> int:
    digits = version.version_id.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _utc(moment: object) -> datetime | None:
    if not isinstance(moment, datetime):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
