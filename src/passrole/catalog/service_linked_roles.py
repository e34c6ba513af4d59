"""The service-linked roles that passrole knows: what each is called, who assumes it, and which policy AWS attaches.

AWS publishes no list of them; the names in the data file come from answers of AWS that others have recorded, and from
the guides of the services.
Source: IAM User Guide, "Create a service-linked role"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/create-service-linked-role.html>
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ServiceLinkedRole:
    """`policy_name` is the name of an AWS managed policy under /aws-service-role/."""

    service: str
    role_name: str
    policy_name: str
    suffix_allowed: bool

    @property
    def path(self) -> str:
        return f"/aws-service-role/{self.service}/"


def find_service_linked_role(service: str) -> ServiceLinkedRole | None:
    """The role of a service by its principal (`autoscaling.amazonaws.com`); None for one that is not known here."""
    return service_linked_roles().get(service)


@cache
def service_linked_roles() -> Mapping[str, ServiceLinkedRole]:
    """All of them, by service principal."""
    text = files("passrole.catalog").joinpath("data/service_linked_roles.toml").read_text("utf-8")
    return {
        service: ServiceLinkedRole(service, row["role"], row["policy"], row.get("suffix", False))
        for service, row in tomllib.loads(text).items()
    }
