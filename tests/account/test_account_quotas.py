"""Quotas by the names of GetAccountSummary: AWS's defaults, other values where they are asked for, and no other names."""

from __future__ import annotations

import pytest

from passrole.account.quotas import ENFORCED, AccountQuotas, quotas_by_name, with_quotas
from passrole.account.store import AccountStore
from passrole.errors import UsageError
from passrole.server.embedded import Credentials, EmbeddedAccount
from passrole.server.gate import Gate

# The example of <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>, as far as its values
# are those of <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> today.
OF_AWS = {
    "AccessKeysPerUserQuota": 2,
    "AssumeRolePolicySizeQuota": 2048,
    "AttachedPoliciesPerGroupQuota": 10,
    "AttachedPoliciesPerRoleQuota": 10,
    "AttachedPoliciesPerUserQuota": 10,
    "GroupPolicySizeQuota": 5120,
    "GroupsPerUserQuota": 10,
    "GroupsQuota": 300,
    "InstanceProfilesQuota": 1000,
    "PoliciesQuota": 1500,
    "PolicySizeQuota": 6144,
    "RolePolicySizeQuota": 10240,
    "RolesQuota": 1000,
    "UserPolicySizeQuota": 2048,
    "UsersQuota": 5000,
    "VersionsPerPolicyQuota": 5,
}


def test_the_defaults_are_those_of_aws():
    assert quotas_by_name(AccountQuotas()) == OF_AWS
    assert set(ENFORCED) == set(OF_AWS)


@pytest.mark.parametrize("name", sorted(OF_AWS))
def test_one_is_changed_and_no_other(name):
    assert quotas_by_name(with_quotas({name: 7})) == OF_AWS | {name: 7}


@pytest.mark.parametrize("name", ["roles", "rolesquota", "RolesPerAccount", "ServerCertificatesQuota", "Roles", ""])
def test_a_name_that_is_none_is_refused_with_those_that_are(name):
    with pytest.raises(UsageError, match=f"`{name}`") as refused:
        with_quotas({"UsersQuota": 1, name: 5})
    assert all(known in " ".join(refused.value.causes) for known in OF_AWS)


def test_what_was_set_is_told_and_enforced(tmp_path, refused):
    quotas = with_quotas({"GroupsQuota": 2, "VersionsPerPolicyQuota": 1, "AccessKeysPerUserQuota": 1})
    store = AccountStore.open(tmp_path / "account.db", quotas=quotas)
    key = store.administrator()
    with EmbeddedAccount(store, Gate(store), Credentials(key.access_key_id, key.secret), "us-east-1") as account:
        iam = account.client("iam")
        summary = iam.get_account_summary()["SummaryMap"]
        assert {name: summary[name] for name in OF_AWS} == OF_AWS | {
            "GroupsQuota": 2,
            "VersionsPerPolicyQuota": 1,
            "AccessKeysPerUserQuota": 1,
        }
        iam.create_group(GroupName="one")
        iam.create_group(GroupName="two")
        with pytest.raises(iam.exceptions.LimitExceededException, match="Cannot exceed quota for GroupsPerAccount: 2"):
            iam.create_group(GroupName="three")
        with pytest.raises(iam.exceptions.LimitExceededException, match="AccessKeysPerUser: 1"):
            iam.create_access_key(UserName="passrole-admin")
