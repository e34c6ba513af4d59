"""GenerateCredentialReport, GetCredentialReport: who has which credentials, as a table (CSV).

Source: IAM User Guide, "Generate credential reports for your AWS account"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html>
"""

from __future__ import annotations

from passrole.account.account_settings import CredentialReport, find_credential_report, set_credential_report
from passrole.account.asks import account_wide
from passrole.account.clock import moment
from passrole.account.context import CallContext
from passrole.account.credential_report import credential_report
from passrole.account.operation import operation
from passrole.account.params import Params, Result
from passrole.account.service_error import ServiceError

KEPT_SECONDS = 4 * 3600
""""You can generate a credential report as often as once every four hours"."""


def _is_new(ctx: CallContext, report: CredentialReport) -> bool:
    return ctx.now - report.made_at < KEPT_SECONDS


@operation("iam", "GenerateCredentialReport", writes=True, asks=account_wide, takes_long=True)
def generate_credential_report(ctx: CallContext, _params: Params) -> Result:
    """A report is made at once, and kept for four hours."""
    report = find_credential_report(ctx)
    if report is not None and _is_new(ctx, report):
        return {"State": "COMPLETE"}
    set_credential_report(ctx, CredentialReport(credential_report(ctx, ctx.pause), ctx.now))
    return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}


@operation("iam", "GetCredentialReport", writes=False, asks=account_wide)
def get_credential_report(ctx: CallContext, _params: Params) -> Result:
    report = find_credential_report(ctx)
    # The codes are those of the API's list; the texts are guesses.
    if report is None:
        raise ServiceError("ReportNotPresent", "No report exists.")
    if not _is_new(ctx, report):
        raise ServiceError("ReportExpired", "The report has expired.")
    return {
        "Content": report.text.encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": moment(report.made_at),
    }
