"""tools/build_catalog.py on sources made up here: what it believes, what it refuses, and that it is deterministic."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from tools import build_catalog
from tools.build_catalog import BuildError, Inputs, build, content, fetch, merge, policy_from_npm

from passrole.catalog.datafile import DataFile, packaged_data
from passrole.catalog.document_history import decode

HEAD = "arn:aws:iam::aws:policy"


def document(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def npm(name: str, created: str, updated: str, versions: dict[str, tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    return {
        "arn": f"{HEAD}/service-role/{name}",
        "latestVersionId": list(versions)[-1],
        "versionsCount": len(versions),
        "versions": {v: {"createdDate": when, "document": text} for v, (when, text) in versions.items()},
        "createdDate": created,
        "lastUpdatedDate": updated,
    }


def seen(name: str, version: str, updated: str, text: dict[str, Any], **more: str) -> dict[str, Any]:
    return {
        "CreateDate": "2015-11-18T16:33:19+00:00",
        "DefaultVersionId": version,
        "Document": text,
        "Path": "/service-role/",
        "UpdateDate": updated,
        **more,
    }


CREATED = "2015-11-18T16:33:19.000Z"
UPDATED = "2024-07-25T15:19:01.000Z"
V1, V2, V3, V4 = (document(*(f"ec2:Describe{n}" for n in range(count))) for count in (1, 2, 3, 4))


def inputs() -> Inputs:
    """`Kept` has four versions, the last two dated with the policy's own date, as the real package does."""
    kept = npm(
        "Kept",
        CREATED,
        UPDATED,
        {
            "v1": (CREATED, V1),
            "v2": ("2016-05-23T16:29:57.000Z", V2),
            "v3": (CREATED, V3),
            "v4": (CREATED, V4),
        },
    )
    return Inputs(
        npm_policies={"Kept": kept},
        moto_policies=(
            {
                "Kept": seen("Kept", "v2", "2016-05-23T16:29:57+00:00", V2, PolicyId="ANPA" + "A" * 17),
                "Gone": seen("Gone", "v3", "2018-11-26T19:33:29+00:00", V1, PolicyId="ANPA" + "B" * 17),
            },
            {
                "Kept": seen("Kept", "v4", "2024-07-25T15:19:01+00:00", V4),
                "New": seen("New", "v1", "2026-09-04T21:47:07+00:00", V2),
            },
        ),
        dependent_actions={"dms:CreateEndpoint": ["iam:PassRole"]},
        overrides={"Kept": {"description": "kept", "source": "https://docs.aws.amazon.com/"}},
    )


def built(tmp_path: Path, given: Inputs) -> DataFile:
    path = tmp_path / "catalog.bin"
    path.write_bytes(build(given, {"built": "2026-11-23", "sources": []}))
    return DataFile(path)


def test_the_same_inputs_give_the_same_bytes_in_any_order() -> None:
    provenance = {"built": "2026-11-23"}
    other = inputs()
    other.moto_policies = tuple(dict(reversed(list(wheel.items()))) for wheel in other.moto_policies)
    other.npm_policies["Kept"]["versions"] = dict(reversed(list(other.npm_policies["Kept"]["versions"].items())))
    assert build(inputs(), provenance) == build(other, provenance)


def test_a_version_dated_as_its_policy_has_no_date_but_the_default_has_the_policys_last_update() -> None:
    versions = policy_from_npm("Kept", inputs().npm_policies["Kept"]).versions
    times = {number: version.created for number, version in versions.items()}
    # date --utc --date=... +%s
    assert times == {1: 1447864399, 2: 1464020997, 3: None, 4: 1721920741}


def test_policies_are_merged_from_all_packages() -> None:
    gone, kept, new = merge(inputs())
    assert (gone.name, gone.deprecated, gone.policy_id, gone.default_version) == ("Gone", True, "ANPA" + "B" * 17, 3)
    assert (kept.deprecated, kept.policy_id, kept.default_version) == (False, "ANPA" + "A" * 17, 4)
    assert (kept.path, kept.description) == ("/service-role/", "kept")
    assert (new.deprecated, new.policy_id, list(new.versions)) == (False, None, [1])


def test_a_newer_default_version_of_a_later_package_becomes_the_default() -> None:
    given = inputs()
    newer = seen("Kept", "v6", "2026-09-24T17:37:08+00:00", document("ec2:*"))
    given.moto_policies = (given.moto_policies[0], {**given.moto_policies[1], "Kept": newer})
    kept = merge(given)[1]
    assert kept.default_version == 6
    assert list(kept.versions) == [1, 2, 3, 4, 6]
    assert kept.updated == kept.versions[6].created == 1790271428


def test_documents_come_back_as_they_went_in(tmp_path: Path) -> None:
    data = content(built(tmp_path, inputs()))
    documents: Any = data["documents"]
    assert [json.loads(documents[1].document(index)) for index in range(4)] == [V1, V2, V3, V4]
    assert data["dependent_actions"] == {"dms:CreateEndpoint": ["iam:PassRole"]}


def test_counts_are_recorded(tmp_path: Path) -> None:
    provenance: Any = built(tmp_path, inputs()).read_json("provenance")
    assert provenance["counts"] == {
        "policies": 2,
        "retired_policies": 1,
        "versions": 6,
        "versions_without_date": 1,
        "synthetic_policy_ids": 1,
        "newest_update": 1788558427,
        "actions_with_dependent_actions": 1,
    }


class TestContradictionsAreRefused:
    def changed(self, **change: Any) -> Inputs:
        given = deepcopy(inputs())
        given.moto_policies[1]["Kept"].update(change)
        return given

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"Document": document("s3:*")}, "Kept: two packages differ in its v4"),
            ({"CreateDate": "2015-11-19T16:33:19+00:00"}, "Kept: two packages differ in its path or creation date"),
            ({"Path": "/"}, "Kept: two packages differ in its path or creation date"),
            ({"PolicyId": "ANPA" + "C" * 17}, "Kept: two packages differ in its id"),
            ({"Arn": f"{HEAD}/other/Kept"}, "Kept: its ARN and its path differ"),
            ({"UpdateDate": "2024-07-25T15:19:01"}, "date without a time zone: 2024-07-25T15:19:01"),
            ({"DefaultVersionId": "4"}, "not a version id: 4"),
        ],
    )
    def test_between_packages(self, change: dict[str, Any], message: str) -> None:
        with pytest.raises(BuildError) as caught:
            merge(self.changed(**change))
        assert str(caught.value) == message

    def test_dates_that_do_not_ascend(self) -> None:
        given = deepcopy(inputs())
        given.npm_policies["Kept"]["versions"]["v3"]["createdDate"] = "2016-01-01T00:00:00.000Z"
        with pytest.raises(BuildError, match="Kept: the dates of its versions do not ascend"):
            merge(given)

    def test_two_policies_with_one_id(self) -> None:
        given = self.changed()
        given.moto_policies[0]["Gone"]["PolicyId"] = "ANPA" + "A" * 17
        with pytest.raises(BuildError, match="two policies have the id ANPAAAA"):
            build(given, {})

    @pytest.mark.parametrize(
        ("overrides", "message"),
        [
            ({"Absent": {"source": "https://x"}}, "names Absent, which no package holds"),
            ({"Kept": {"descripton": "x", "source": "https://x"}}, r"Kept has unknown keys \['descripton'\]"),
            ({"Kept": {"description": "x"}}, "Kept names no source"),
        ],
    )
    def test_in_the_overrides(self, overrides: dict[str, dict[str, str]], message: str) -> None:
        given = inputs()
        given.overrides = overrides
        with pytest.raises(BuildError, match=message):
            merge(given)


def test_an_archive_with_another_hash_is_refused(tmp_path: Path) -> None:
    source = build_catalog.NPM_POLICIES
    (tmp_path / source.archive).write_bytes(b"not the archive")
    with pytest.raises(BuildError, match=f"has SHA-256 {hashlib.sha256(b'not the archive').hexdigest()}, not"):
        fetch(source, tmp_path)


def test_check_tells_what_differs(tmp_path: Path) -> None:
    committed = tmp_path / "committed.bin"
    committed.write_bytes(build(inputs(), {"built": "2026-11-23"}))
    build_catalog.check(committed, build(inputs(), {"built": "2026-11-23"}), tmp_path)
    changed = inputs()
    changed.overrides = {}
    with pytest.raises(BuildError, match=r"differs from a rebuild in: policies$"):
        build_catalog.check(committed, build(changed, {"built": "2026-11-23"}), tmp_path)


class TestThePackagedFile:
    """It was built by this very script, from these sources and overrides."""

    def test_it_records_the_sources_of_the_script(self) -> None:
        provenance: Any = packaged_data().read_json("provenance")
        assert provenance["sources"] == [asdict(source) for source in build_catalog.SOURCES]

    def test_it_was_built_after_the_last_change_of_the_overrides(self) -> None:
        provenance: Any = packaged_data().read_json("provenance")
        assert provenance["overrides_sha256"] == hashlib.sha256(build_catalog.OVERRIDES.read_bytes()).hexdigest()

    def test_every_source_pins_a_version_and_a_hash(self) -> None:
        for source in build_catalog.SOURCES:
            assert source.version in source.archive
            assert len(bytes.fromhex(source.sha256)) == 32


def test_a_blob_needs_its_dictionary(tmp_path: Path) -> None:
    import zlib

    data = built(tmp_path, inputs())
    rows: Any = data.read_json("policies")
    blob = data.read("documents", rows[0][10], rows[0][11])
    dictionary = zlib.decompress(data.read("dictionary"))
    assert decode(blob, dictionary).lines[0] == "{"
