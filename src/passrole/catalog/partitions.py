"""AWS's partitions: their regions, DNS suffixes, and the region in which IAM and STS requests are signed.

The facts come from botocore's `partitions.json`, which is read as a file: importing botocore would cost 100 ms.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from passrole.errors import ConfigurationError, UsageError

# IAM is a global service with one endpoint and one signing region a partition. botocore's implicit global region
# is that region, except in China, where IAM is at iam.cn-north-1.amazonaws.com.cn.
# Source: https://docs.aws.amazon.com/general/latest/gr/iam-service.html
_IAM_REGION_UNLIKE_THE_GLOBAL_ONE: Final = {"aws-cn": "cn-north-1"}


class UnknownPartitionError(UsageError):
    """No partition has this id."""

    def __init__(self, partition_id: str, known: tuple[str, ...]) -> None:
        super().__init__(f"`{partition_id}` is not a partition of AWS", help=f"use one of: {', '.join(known)}")
        self.partition_id = partition_id


class UnknownRegionError(UsageError):
    """The name is not a region's and has not the form of one."""

    def __init__(self, region: str, suggestions: tuple[str, ...]) -> None:
        meant = f"use {' or '.join(suggestions)}" if suggestions else "name a region, for example us-east-1"
        super().__init__(f"`{region}` is not an AWS region", help=meant)
        self.region = region
        self.suggestions = suggestions


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: a set of regions with its own accounts, ARNs and DNS names."""

    partition_id: str
    dns_suffix: str
    dual_stack_dns_suffix: str
    regions: tuple[str, ...]
    """The regions botocore knows, by name, without pseudo-regions such as `aws-global`."""
    region_pattern: str
    """A regular expression that newer regions match too."""
    default_region: str
    """Where a request goes that names no region."""
    iam_region: str
    """The region in the credential scope of every IAM request."""


def partitions() -> Mapping[str, Partition]:
    """All partitions by id. Raises ConfigurationError when botocore is not installed as it should be."""
    return MappingProxyType(_partitions())


def partition(partition_id: str) -> Partition:
    """Raises UnknownPartitionError."""
    found = _partitions().get(partition_id)
    if found is None:
        raise UnknownPartitionError(partition_id, tuple(_partitions()))
    return found


def partition_of_region(region: str) -> str:
    """The id of the partition that `region` is in, also for a region newer than botocore's list.

    Raises UnknownRegionError, with close names, for what has not the form of a region's name.
    """
    for candidate in _partitions().values():
        if region in candidate.regions:
            return candidate.partition_id
    for candidate in _partitions().values():
        if re.fullmatch(candidate.region_pattern, region):
            return candidate.partition_id
    raise UnknownRegionError(region, close_regions(region))


def is_region(region: str) -> bool:
    """True for a known region and for a name of the same form (AWS adds regions between releases)."""
    return is_known_region(region) or any(re.fullmatch(p.region_pattern, region) for p in _partitions().values())


def is_known_region(region: str) -> bool:
    """True only for the regions in botocore's list."""
    return any(region in candidate.regions for candidate in _partitions().values())


def close_regions(region: str) -> tuple[str, ...]:
    """Known regions that `region` was probably meant to be: for a name such as `us-esat-1`, which has the form."""
    from difflib import get_close_matches

    names = [name for candidate in _partitions().values() for name in candidate.regions]
    return tuple(get_close_matches(region.lower(), names, n=2, cutoff=0.7))


def dns_suffix(partition_id: str) -> str:
    """`amazonaws.com`, `amazonaws.com.cn`, ... Raises UnknownPartitionError."""
    return partition(partition_id).dns_suffix


def iam_region(partition_id: str) -> str:
    """The region that IAM requests are signed for in a partition. Raises UnknownPartitionError."""
    return partition(partition_id).iam_region


def default_region(partition_id: str) -> str:
    """The region for STS and other regional services when none is named. Raises UnknownPartitionError."""
    return partition(partition_id).default_region


@cache
def _partitions() -> dict[str, Partition]:
    found = {entry["id"]: _partition(entry) for entry in _read()["partitions"]}
    return {"aws": found.pop("aws"), **found}


def _partition(entry: Mapping[str, Any]) -> Partition:
    partition_id, outputs = entry["id"], entry["outputs"]
    return Partition(
        partition_id=partition_id,
        dns_suffix=outputs["dnsSuffix"],
        dual_stack_dns_suffix=outputs["dualStackDnsSuffix"],
        regions=tuple(sorted(name for name in entry["regions"] if not name.endswith("-global"))),
        region_pattern=entry["regionRegex"],
        default_region=outputs["implicitGlobalRegion"],
        iam_region=_IAM_REGION_UNLIKE_THE_GLOBAL_ONE.get(partition_id, outputs["implicitGlobalRegion"]),
    )


def _read() -> dict[str, Any]:
    # find_spec finds a top-level package without running it.
    spec = find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ConfigurationError("botocore is not installed", help="install passrole again: pip install passrole")
    path = Path(spec.origin).parent / "data" / "partitions.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"`{path}` cannot be read",
            causes=(str(error),),
            help="install botocore again: pip install botocore",
        ) from error
    return content
