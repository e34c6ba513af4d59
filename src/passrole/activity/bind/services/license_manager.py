"""AWS License Manager: what the same-name rule does not read; the rest is bound by it."""

from __future__ import annotations

from typing import Final

from passrole.activity.bind.named import given
from passrole.activity.bind.rows import Table, alike, reference, without_resource

_PAGE: Final = reference("awslicensemanager")
_REPORT: Final = given("LicenseManagerReportGeneratorArn", "license-manager")

TABLE: Table = {
    **alike(
        "license-manager",
        (
            "DeleteLicenseManagerReportGenerator",
            "GetLicenseManagerReportGenerator",
            "UpdateLicenseManagerReportGenerator",
        ),
        _REPORT,
        _PAGE,
        "report-generator",
    ),
    **without_resource(
        "license-manager",
        ("ListLicenseAssetGroups", "ListLicenseAssetRulesets", "ListLicenseManagerReportGenerators"),
        _PAGE,
    ),
}
