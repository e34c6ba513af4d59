"""The credential report, column by column as the IAM User Guide describes it, and STS token preferences."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

from passrole.account.totp import code_at, step_at

HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def report(api) -> dict[str, dict[str, str]]:
    text = api("GetCredentialReport")["Content"].decode()
    assert text.splitlines()[0] == HEADER
    return {line["user"]: line for line in csv.DictReader(text.splitlines())}


def test_report_is_made_before_it_is_read(api, refused, clock):
    with refused("ReportNotPresent"):
        api("GetCredentialReport")
    assert api("GenerateCredentialReport") == {
        "State": "STARTED",
        "Description": "No report exists. Starting a new report generation task",
    }
    answer = api("GetCredentialReport")
    assert (answer["ReportFormat"], answer["GeneratedTime"]) == ("text/csv", datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
    assert api("GenerateCredentialReport") == {"State": "COMPLETE"}
    clock.now += 4 * 3600
    with refused("ReportExpired"):
        api("GetCredentialReport")
    assert api("GenerateCredentialReport")["State"] == "STARTED"


def test_lines(api, clock, say):
    api("UpdateAccountPasswordPolicy", MaxPasswordAge=10)
    clock.now += 86400
    ann = api.as_new_user("ann")
    api("CreateLoginProfile", UserName="ann", Password="Correct-horse-7")
    api("UpdateAccessKey", UserName="ann", AccessKeyId=ann.access_key_id, Status="Inactive")
    device = api("CreateVirtualMFADevice", VirtualMFADeviceName="ann")["VirtualMFADevice"]
    seed, step = device["Base32StringSeed"].decode(), step_at(clock.now)
    codes = {"AuthenticationCode1": code_at(seed, step - 1), "AuthenticationCode2": code_at(seed, step)}
    api("EnableMFADevice", UserName="ann", SerialNumber=device["SerialNumber"], **codes)
    api("CreateUser", UserName="bob")
    api("GenerateCredentialReport")
    lines = report(api)
    assert list(lines) == ["<root_account>", "ann", "bob", "passrole-admin"]
    root = lines["<root_account>"]
    assert root["arn"] == "arn:aws:iam::111122223333:root"
    assert root["user_creation_time"] == "2026-11-23T12:00:00+00:00"
    assert (root["password_enabled"], root["mfa_active"], root["access_key_1_active"]) == (
        "not_supported",
        "false",
        "false",
    )
    line = lines["ann"]
    assert line["arn"] == "arn:aws:iam::111122223333:user/ann"
    assert line["password_enabled"] == line["mfa_active"] == "true"
    assert line["password_last_used"] == "no_information"
    assert line["password_last_changed"] == line["access_key_1_last_rotated"] == "2026-11-24T12:00:00+00:00"
    assert line["password_next_rotation"] == "2026-12-04T12:00:00+00:00"
    assert (line["access_key_1_active"], line["access_key_2_active"]) == ("false", "false")
    assert (line["access_key_2_last_rotated"], line["cert_1_active"], line["cert_1_last_rotated"]) == (
        "N/A",
        "false",
        "N/A",
    )
    line = lines["bob"]
    assert (line["password_enabled"], line["password_last_changed"], line["mfa_active"]) == ("false", "N/A", "false")
    assert lines["passrole-admin"]["access_key_1_active"] == "true"


def test_version_of_global_tokens(api):
    assert api("GetAccountSummary")["SummaryMap"]["GlobalEndpointTokenVersion"] == 1
    api("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v2Token")
    assert api("GetAccountSummary")["SummaryMap"]["GlobalEndpointTokenVersion"] == 2
    api("SetSecurityTokenServicePreferences", GlobalEndpointTokenVersion="v1Token")
    assert api("GetAccountSummary")["SummaryMap"]["GlobalEndpointTokenVersion"] == 1
