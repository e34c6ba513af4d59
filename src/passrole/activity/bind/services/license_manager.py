"""AWS License Manager: what the same-name rule does not read; the rest is bound by it.

The roles of a token are written into it and passed to no service: License Manager does not look at them.
Sources: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslicensemanager.html>,
<https://docs.aws.amazon.com/license-manager/latest/APIReference/API_CreateToken.html>.
"""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.lines import Naming, reference_arn
from passrole.activity.bind.rows import Table, reference, without_resource

_PAGE: Final = reference("awslicensemanager")
_LICENSES: Final = Naming(
    "license-manager", reference_arn("license-manager"), _PAGE, tags="license-manager:TagResource"
)
_REPORT: Final = "report-generator=LicenseManagerReportGeneratorArn"
_LINES: Final = {
    "CreateLicenseAssetGroup": "license-asset-ruleset=AssociatedLicenseAssetRulesetARNs",
    "CreateToken": "license=LicenseArn",
    "DeleteLicenseManagerReportGenerator": _REPORT,
    "GetLicenseManagerReportGenerator": _REPORT,
    "UpdateLicenseAssetGroup": "license-asset-group=LicenseAssetGroupArn "
    "license-asset-ruleset=AssociatedLicenseAssetRulesetARNs",
    "UpdateLicenseManagerReportGenerator": _REPORT,
}

TABLE: Table = {
    **_LICENSES.rows(_LINES),
    **without_resource(
        "license-manager",
        ("ListLicenseAssetGroups", "ListLicenseAssetRulesets", "ListLicenseManagerReportGenerators"),
        _PAGE,
    ),
}
