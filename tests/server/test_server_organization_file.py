"""Reading an organization's file: what it means, and every mistake in it with its place."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from passrole.account.organization_tree import FULL_ACCESS, RCP_FULL_ACCESS, OrganizationTree
from passrole.server.organization_file import OrganizationFileError, read_organization

WHOLE = """
    id = "o-a1b2c3d4e5"
    root-id = "r-ab12"
    management-account = "111122223333"

    [root]
    resource-control-policies = ["perimeter"]

    [units.workloads]
    id = "ou-ab12-11111111"
    service-control-policies = ["no-users"]

    [units.sandbox]
    id = "ou-ab12-22222222"
    parent = "workloads"
    full-access = false

    [accounts.444455556666]
    name = "try-out"
    unit = "sandbox"

    [policies.no-users]
    file = "policies/no-users.json"

    [policies.perimeter]
    document = '''
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Resource": "*"}]}
    '''
"""
NO_USERS = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}'


def read(folder: Path, text: str) -> OrganizationTree:
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "no-users.json").write_text(NO_USERS)
    file = folder / "organization.toml"
    file.write_text(dedent(text))
    return read_organization(file)


def test_units_accounts_and_policies_of_a_file(tmp_path: Path) -> None:
    tree = read(tmp_path, WHOLE)
    assert (tree.id, tree.management_account_id) == ("o-a1b2c3d4e5", "111122223333")
    assert [target.id for target in tree.way_to("444455556666")] == [
        "r-ab12",
        "ou-ab12-11111111",
        "ou-ab12-22222222",
        "444455556666",
    ]
    assert tree.path_to("444455556666") == "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/ou-ab12-22222222/"
    assert tree.path_to("111122223333") == "o-a1b2c3d4e5/r-ab12/"
    assert [list(target.scps) for target in tree.way_to("444455556666")] == [
        [FULL_ACCESS],
        [FULL_ACCESS, "no-users"],
        [],
        [FULL_ACCESS],
    ]
    assert [list(target.rcps) for target in tree.way_to("444455556666")] == [
        [RCP_FULL_ACCESS, "perimeter"],
        *([[RCP_FULL_ACCESS]] * 3),
    ]
    assert tree.targets["ou-ab12-11111111"].scps["no-users"] == NO_USERS
    assert OrganizationTree.from_text(tree.to_text()) == tree


def test_least_file_names_the_management_account(tmp_path: Path) -> None:
    tree = read(tmp_path, 'management-account = "111122223333"')
    assert tree.account_ids() == ("111122223333",)
    assert tree == read(tmp_path, 'management-account = "111122223333"'), "ids are the same at every start"


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "`management-account` is missing", 1),
        ('management-account = "1"', "may not be `1`", 1),
        ('management-account = "111122223333"\nmaster = "x"', "unknown key `master`", 2),
        ('management-account = "111122223333"\n[accounts.12]', "`12` is not a possible name", 2),
        ('management-account = "111122223333"\n[accounts.444455556666]\nunit = "nowhere"', "no unit `nowhere`", 3),
        (
            'management-account = "111122223333"\n[root]\nservice-control-policies = ["nothing"]',
            "no policy `nothing`",
            3,
        ),
        ('management-account = "111122223333"\n[policies.both]\nfile = "a"\ndocument = "b"', "exactly one of", 2),
        ('management-account = "111122223333"\n[policies.gone]\nfile = "gone.json"', "`gone.json` cannot be read", 3),
        (
            'management-account = "111122223333"\n[units.one]\nparent = "two"\n[units.two]\nparent = "one"',
            "is below itself",
            3,
        ),
        (
            'management-account = "111122223333"\n'
            + "[units.u0]\n"
            + "".join(f'[units.u{n}]\nparent = "u{n - 1}"\n' for n in range(1, 6)),
            "is 6 deep, and AWS allows 5",
            12,
        ),
    ],
)
def test_every_mistake_is_told_with_its_place(tmp_path: Path, text: str, message: str, line: int) -> None:
    with pytest.raises(OrganizationFileError) as caught:
        read(tmp_path, text)
    found = caught.value.diagnostics[0]
    assert message in found.message
    assert found.span is not None
    assert found.span.line == line


@pytest.mark.parametrize(
    ("list_", "document", "code"),
    [
        # A service control policy has no principals, and a resource control policy always everyone.
        ("service", '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}', "P0140"),
        ("resource", '{"Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}', "P0163"),
        ("service", "not JSON", "P0103"),
    ],
)
def test_policy_that_aws_organizations_would_refuse_is_refused(
    tmp_path: Path, list_: str, document: str, code: str
) -> None:
    text = (
        f'management-account = "111122223333"\n[root]\n{list_}-control-policies = ["p"]\n'
        f"[policies.p]\ndocument = '''{document}'''\n"
    )
    with pytest.raises(OrganizationFileError) as caught:
        read(tmp_path, text)
    assert code in {found.code for found in caught.value.diagnostics}
