"""Names that do not tell an ARN: DMS's projects by name, and everything of Organizations by its id.

Sources: <https://docs.aws.amazon.com/dms/latest/APIReference/API_DescribeMigrationProjects.html>,
<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_permissions_overview.html>
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passrole.activity.bind.state import Answer, Known, NoSuchThing, NotKnown
from passrole.policy.arn import Arn
from passrole.server.gateway.state.of_service import OfService, member_of, tags_under
from passrole.server.gateway.state.tagged_by_arn import TaggedByArn

_PROJECTS: Final = {
    "data-provider": ("DescribeDataProviders", "DataProviders", "DataProviderName", "DataProviderArn"),
    "instance-profile": ("DescribeInstanceProfiles", "InstanceProfiles", "InstanceProfileName", "InstanceProfileArn"),
    "migration-project": (
        "DescribeMigrationProjects",
        "MigrationProjects",
        "MigrationProjectName",
        "MigrationProjectArn",
    ),
}
_OF_ORGANIZATION: Final = {
    "account": ("DescribeAccount", "AccountId", ("Account", "Arn")),
    "handshake": ("DescribeHandshake", "HandshakeId", ("Handshake", "Arn")),
    "ou": ("DescribeOrganizationalUnit", "OrganizationalUnitId", ("OrganizationalUnit", "Arn")),
    "policy": ("DescribePolicy", "PolicyId", ("Policy", "PolicySummary", "Arn")),
}


class DmsState(TaggedByArn):
    service = "dms"

    def stands_for(self, resource: Arn) -> Answer[str]:
        kind, _, name = resource.resource.partition(":")
        if kind not in _PROJECTS:
            return super().stands_for(resource)
        operation, member, named, arn = _PROJECTS[kind]
        listed = self.place.readings.all_of("dms", operation, member, region=resource.region, account=resource.account)
        if not isinstance(listed, Known):
            return listed
        found = [str(member_of(each, arn)) for each in listed.value if member_of(each, named) == name]
        return Known(found[0]) if len(found) == 1 else NoSuchThing()


class OrganizationsState(OfService):
    service = "organizations"

    def stands_for(self, resource: Arn) -> Answer[str]:
        kind, _, name = resource.resource.partition("/")
        if kind == "root":
            return self._root(resource, name)
        if kind == "organization":
            own = self._read("DescribeOrganization")
            found = member_of(own.value, "Organization", "Arn") if isinstance(own, Known) else None
            return Known(str(found)) if found else own if not isinstance(own, Known) else NoSuchThing()
        if kind not in _OF_ORGANIZATION:
            return super().stands_for(resource)
        operation, member, path = _OF_ORGANIZATION[kind]
        answer = self._read(operation, **{member: name})
        if not isinstance(answer, Known):
            return answer
        found = member_of(answer.value, *path)
        return Known(str(found)) if found else NotKnown(f"the backend does not show the ARN of `{name}`")

    def tags(self, resource: Arn) -> Answer[Mapping[str, str]]:
        return tags_under(self._read("ListTagsForResource", ResourceId=resource.resource.rpartition("/")[2]), "Tags")

    def _root(self, resource: Arn, name: str) -> Answer[str]:
        listed = self.place.readings.all_of(
            "organizations", "ListRoots", "Roots", region=self.place.region, account=self.place.account
        )
        if not isinstance(listed, Known):
            return listed
        found = [str(member_of(each, "Arn")) for each in listed.value if member_of(each, "Id") == name]
        return Known(found[0]) if found else NoSuchThing()

    def _read(self, operation: str, **parameters: str) -> Answer[Mapping[str, object]]:
        """As the caller's account sees its organization, whatever account an ARN names."""
        place = self.place
        return place.readings.read("organizations", operation, region=place.region, account=place.account, **parameters)
