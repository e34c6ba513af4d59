"""An account in an organization, on moto's server: what its service control policies decide, passrole does not guess."""

from __future__ import annotations

import pytest
from tests.end_to_end.end_to_end_accounts import Account, moto_account_of, raw_client

from passrole.activity.rehearse import Verdict

BUCKETS = ("--set", "import_bucket=disk-images", "--set", "export_bucket=exports")


@pytest.mark.parametrize("account", ["moto"], indirect=True)
def test_only_the_management_account_is_sure(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    """No SCP binds a management account. A member may not read those over it.

    <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html>
    """
    url = account.options[1]
    organizations = raw_client(url, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    assert account.command("apply", "vm-import", *BUCKETS, "--yes") == 0
    assert account.command("destroy", "vm-import", "--yes") == 0

    made = organizations.create_account(Email="member@example.com", AccountName="member")["CreateAccountStatus"]
    role = f"arn:aws:iam::{made['AccountId']}:role/OrganizationAccountAccessRole"
    session = raw_client(url, "sts").assume_role(RoleArn=role, RoleSessionName="passrole")["Credentials"]
    keys = {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"],
    }
    with moto_account_of(url, keys) as member:
        assert member.id == made["AccountId"]
        capsys.readouterr()
        assert member.command("apply", "vm-import", *BUCKETS, "--yes") == 3
        told = capsys.readouterr().out
        assert "service control policies may apply; a member account cannot read them" in told
        assert "vm-import: undecided" in told
        assert member.command("plan", "vm-import", "--detailed-exitcode") == 0, "all was made, and is as wanted"
        assert member.command("verify", "vm-import") == 3

        rehearsal = member.verify(member.desired("vm-import", {"import_bucket": "disk-images"}))
        services = [result for result in rehearsal.step_results() if result.step.actor == "service"]
        # A service principal acts from outside the account: no SCP of this account binds it.
        assert {result.verdict for result in services} <= {Verdict.ALLOWED, Verdict.OUTSIDE}
        assert services
