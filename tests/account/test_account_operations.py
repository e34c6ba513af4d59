"""Every operation that botocore knows of IAM and STS is either here or refused by name, and docs/operations.md says which."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from passrole.account.aws_models import shared_loader
from passrole.account.dispatch import find_operation
from passrole.account.operations import OPERATIONS
from passrole.account.service_error import ServiceError
from passrole.catalog.actions import is_known_action

PAGE = (Path(__file__).parent.parent.parent / "docs" / "operations.md").read_text()


def known_to_botocore() -> set[tuple[str, str]]:
    return {
        (service, name)
        for service in ("iam", "sts")
        for name in shared_loader().load_service_model(service, "service-2")["operations"]
    }


def listed(heading: str) -> list[tuple[str, str]]:
    """The operations in a section of the page, as `iam:Name`."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [(service, name) for service, name in re.findall(r"`(iam|sts):(\w+)`", section)]


def test_page_lists_each_operation_once_with_its_state():
    answered, refused = listed("Answered"), listed("Not implemented")
    assert len(answered) == len(set(answered))
    assert len(refused) == len(set(refused))
    assert set(answered) == set(OPERATIONS)
    # A botocore newer than the one of the day of the page may know more.
    assert set(refused) <= known_to_botocore() - set(OPERATIONS)
    assert f"{len(answered)} of the {len(answered) + len(refused)}" in PAGE


def test_no_operation_of_ours_is_unknown_to_aws():
    assert set(OPERATIONS) <= known_to_botocore()


@pytest.mark.parametrize("key", sorted(OPERATIONS), ids=":".join)
def test_permission_that_an_operation_asks_is_one_of_aws(key):
    assert is_known_action(OPERATIONS[key].action)


@pytest.mark.parametrize("key", sorted(known_to_botocore() - set(OPERATIONS)), ids=":".join)
def test_every_other_operation_is_refused_by_name(key):
    with pytest.raises(ServiceError) as caught:
        find_operation(*key)
    assert (caught.value.code, caught.value.http_status) == ("NotImplemented", 501)
    assert ":".join(key) in caught.value.message
