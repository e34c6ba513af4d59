"""Virtual MFA devices and what a code of theirs opens; codes by the algorithm of RFC 6238.

The texts of refusals are those of public reports.
"""

from __future__ import annotations

import base64
import struct
import zlib
from datetime import UTC, datetime

import pytest

from passrole.account.totp import code_at, step_at, step_of_codes

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SERIAL = "arn:aws:iam::111122223333:mfa/phone"
INVALID_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
NOT_YOURS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and "
    "associated with this user."
)


@pytest.mark.parametrize(
    ("time", "code"),
    [
        # RFC 6238, appendix B, SHA-1: the last six of eight digits.
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_of_the_rfc(time, code):
    seed = base64.b32encode(b"12345678901234567890").decode()
    assert code_at(seed, step_at(time)) == code


def test_codes_must_follow_each_other():
    seed = base64.b32encode(b"12345678901234567890").decode()
    codes = [code_at(seed, step) for step in range(1000, 1004)]
    assert step_of_codes(seed, codes[0], codes[1], 1002, reach=1) == 1001
    assert step_of_codes(seed, codes[1], codes[0], 1002, reach=5) is None
    assert step_of_codes(seed, codes[0], codes[2], 1002, reach=5) is None
    assert step_of_codes(seed, codes[0], codes[0], 1002, reach=5) is None
    assert step_of_codes(seed, codes[0], codes[1], 1004, reach=2) is None


class Device:
    """What somebody has on their phone."""

    def __init__(self, api, clock, name: str = "phone", ahead: int = 0, **params: object) -> None:
        made = api("CreateVirtualMFADevice", VirtualMFADeviceName=name, **params)["VirtualMFADevice"]
        self.made, self.serial = made, made["SerialNumber"]
        self.seed, self.clock, self.ahead = made["Base32StringSeed"].decode(), clock, ahead

    def code(self, later: int = 0) -> str:
        return code_at(self.seed, step_at(self.clock.now) + self.ahead + later)

    def both(self) -> dict[str, str]:
        return {"AuthenticationCode1": self.code(-1), "AuthenticationCode2": self.code()}

    def token(self) -> dict[str, str]:
        return {"SerialNumber": self.serial, "TokenCode": self.code()}


@pytest.fixture
def ann(api, say):
    return api.as_new_user("ann", say.allow("iam:ListUsers", "sts:AssumeRole"))


@pytest.fixture
def phone(api, ann, clock) -> Device:
    """Ann's."""
    device = Device(api, clock)
    api("EnableMFADevice", UserName="ann", SerialNumber=device.serial, **device.both())
    clock.now += 30
    return device


def test_device_is_made_with_a_seed_and_a_picture(api, clock):
    made = api("CreateVirtualMFADevice", VirtualMFADeviceName="phone", Path="/team/")["VirtualMFADevice"]
    assert made["SerialNumber"] == "arn:aws:iam::111122223333:mfa/team/phone"
    assert len(base64.b32decode(made["Base32StringSeed"])) == 40
    png = made["QRCodePNG"]
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    assert width == height > 100
    assert zlib.crc32(png[12:29]) == struct.unpack(">I", png[29:33])[0]


def test_names_are_told_apart_with_their_paths(api, refused, clock):
    for path in ("/", "/team/"):
        api("CreateVirtualMFADevice", VirtualMFADeviceName="phone", Path=path)
    with refused("EntityAlreadyExists", "MFADevice entity at the same path and name already exists."):
        api("CreateVirtualMFADevice", VirtualMFADeviceName="phone")
    listed = api("ListVirtualMFADevices")["VirtualMFADevices"]
    assert [one["SerialNumber"] for one in listed] == [SERIAL, SERIAL.replace("phone", "team/phone")]
    # Neither seed nor tags.
    assert {key for one in listed for key in one} == {"SerialNumber"}


@pytest.mark.parametrize("path", ["test", "/test//test/"])
def test_paths_that_are_none(api, refused, path):
    text = "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    with refused("ValidationError", f"The specified value for path is invalid. {text}"):
        api("CreateVirtualMFADevice", VirtualMFADeviceName="phone", Path=path)


def test_enabling_needs_two_codes_that_follow_each_other(api, refused, ann, clock):
    device = Device(api, clock)
    late = {"AuthenticationCode1": device.code(-4), "AuthenticationCode2": device.code(-3)}
    swapped = {"AuthenticationCode1": device.code(), "AuthenticationCode2": device.code(-1)}
    twice = {"AuthenticationCode1": device.code(), "AuthenticationCode2": device.code()}
    for codes in (late, swapped, twice, {"AuthenticationCode1": "000000", "AuthenticationCode2": "000000"}):
        with refused("InvalidAuthenticationCode", "Authentication code for device is not valid."):
            api("EnableMFADevice", UserName="ann", SerialNumber=device.serial, **codes)
    assert api("ListMFADevices", UserName="ann")["MFADevices"] == []
    api("EnableMFADevice", UserName="ann", SerialNumber=device.serial, **device.both())
    assert api("ListMFADevices", UserName="ann")["MFADevices"] == [
        {"UserName": "ann", "SerialNumber": device.serial, "EnableDate": NOON}
    ]
    with refused("EntityAlreadyExists", "MFA Device is already in use."):
        api("EnableMFADevice", UserName="ann", SerialNumber=device.serial, **device.both())
    with refused("NoSuchEntity", f"VirtualMFADevice with serial number {SERIAL}x doesn't exist."):
        api("EnableMFADevice", UserName="ann", SerialNumber=SERIAL + "x", **device.both())


def test_lists_by_assignment(api, ann, phone, clock):
    Device(api, clock, "spare")
    assigned = api("ListVirtualMFADevices", AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert [(one["SerialNumber"], one["User"]["UserName"], one["EnableDate"]) for one in assigned] == [
        (phone.serial, "ann", NOON)
    ]
    free = api("ListVirtualMFADevices", AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert [one["SerialNumber"] for one in free] == [SERIAL.replace("phone", "spare")]
    assert len(api("ListVirtualMFADevices", AssignmentStatus="Any")["VirtualMFADevices"]) == 2
    summary = api("GetAccountSummary")["SummaryMap"]
    assert (summary["MFADevices"], summary["MFADevicesInUse"]) == (2, 1)


def test_session_with_a_code_may_call_iam_and_says_so(api, refused, ann, phone, clock, say):
    without = api.with_key(ann("GetSessionToken")["Credentials"]["AccessKeyId"])
    with refused("InvalidClientTokenId"):
        without("ListUsers")
    key = ann("GetSessionToken", **phone.token())["Credentials"]["AccessKeyId"]
    session = api.with_key(key)
    assert session("ListUsers")["Users"]
    fresh = {"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}, "Bool": {"aws:MultiFactorAuthPresent": "true"}}
    only_mfa = say.document(say.allow("iam:ListRoles", Condition=fresh))
    api("PutUserPolicy", UserName="ann", PolicyName="mfa", PolicyDocument=only_mfa)
    assert session("ListRoles")["Roles"] == []
    with refused("AccessDenied"):
        ann("ListRoles")
    clock.now += 300
    with refused("AccessDenied"):
        session("ListRoles")


def test_code_works_once(api, refused, ann, phone, clock):
    token = phone.token()
    assert ann("GetSessionToken", **token)["Credentials"]
    with refused("AccessDenied", INVALID_CODE):
        ann("GetSessionToken", **token)
    clock.now += 30
    assert ann("GetSessionToken", **phone.token())["Credentials"]


def test_codes_of_enabling_do_not_work_again(api, refused, ann, clock):
    device = Device(api, clock)
    api("EnableMFADevice", UserName="ann", SerialNumber=device.serial, **device.both())
    with refused("AccessDenied", INVALID_CODE):
        ann("GetSessionToken", **device.token())


def test_codes_that_are_not_valid(api, refused, ann, phone, clock):
    with refused("AccessDenied", INVALID_CODE):
        ann("GetSessionToken", SerialNumber=phone.serial, TokenCode=phone.code(-3))
    other = api.as_new_user("bob")
    for caller, serial in ((other, phone.serial), (ann, SERIAL + "x")):
        with refused("AccessDenied", NOT_YOURS):
            caller("GetSessionToken", SerialNumber=serial, TokenCode=phone.code())
    with refused(
        "AccessDenied",
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    ):
        ann("GetSessionToken", TokenCode=phone.code())


def test_role_that_asks_for_mfa(api, refused, ann, phone, clock, say):
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}
    trust = say.document({**say.trust(AWS="arn:aws:iam::111122223333:root"), "Condition": condition})
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with refused("AccessDenied"):
        ann("AssumeRole", RoleArn=role, RoleSessionName="s1")
    assert ann("AssumeRole", RoleArn=role, RoleSessionName="s1", **phone.token())["Credentials"]
    clock.now += 30
    # The code of a session counts as well, for as long as it is fresh.
    session = api.with_key(ann("GetSessionToken", **phone.token())["Credentials"]["AccessKeyId"])
    assert session("AssumeRole", RoleArn=role, RoleSessionName="s1")["Credentials"]
    clock.now += 60
    with refused("AccessDenied"):
        session("AssumeRole", RoleArn=role, RoleSessionName="s1")


def test_refused_call_does_not_use_the_code_up(api, refused, ann, phone, say):
    trust = say.document(say.trust(Service="ec2.amazonaws.com"))
    role = api("CreateRole", RoleName="r", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    token = phone.token()
    with refused("AccessDenied"):
        ann("AssumeRole", RoleArn=role, RoleSessionName="s1", **token)
    assert ann("GetSessionToken", **token)["Credentials"]


def test_clock_that_is_wrong_is_learnt(api, refused, ann, clock):
    device = Device(api, clock)
    api("EnableMFADevice", UserName="ann", SerialNumber=device.serial, **device.both())
    device.ahead = -100  # fifty minutes late
    clock.now += 3600
    with refused("AccessDenied", INVALID_CODE):
        ann("GetSessionToken", **device.token())
    api("ResyncMFADevice", UserName="ann", SerialNumber=device.serial, **device.both())
    clock.now += 30
    assert ann("GetSessionToken", **device.token())["Credentials"]


def test_deactivated_device_opens_nothing_and_can_be_deleted(api, refused, ann, phone):
    with refused("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first."):
        api("DeleteVirtualMFADevice", SerialNumber=phone.serial)
    with refused("NoSuchEntity"):
        api("DeactivateMFADevice", UserName="passrole-admin", SerialNumber=phone.serial)
    api("DeactivateMFADevice", UserName="ann", SerialNumber=phone.serial)
    with refused("AccessDenied", NOT_YOURS):
        ann("GetSessionToken", **phone.token())
    api("DeleteVirtualMFADevice", SerialNumber=phone.serial)
    assert api("ListVirtualMFADevices")["VirtualMFADevices"] == []
    with refused("NoSuchEntity", f"VirtualMFADevice with serial number {phone.serial} doesn't exist."):
        api("DeleteVirtualMFADevice", SerialNumber=phone.serial)


def test_user_with_a_device_is_not_deleted(api, refused, clock):
    api("CreateUser", UserName="bob")
    device = Device(api, clock)
    api("EnableMFADevice", UserName="bob", SerialNumber=device.serial, **device.both())
    with refused("DeleteConflict", "Cannot delete entity, must delete MFA device first."):
        api("DeleteUser", UserName="bob")


def test_eight_devices_for_a_user(api, refused, ann, clock):
    for number in range(9):
        device = Device(api, clock, f"d{number}")
        call = {"UserName": "ann", "SerialNumber": device.serial, **device.both()}
        if number < 8:
            api("EnableMFADevice", **call)
        else:
            with refused("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8"):
                api("EnableMFADevice", **call)


def test_tags(api, clock):
    device = Device(api, clock, Tags=[{"Key": "a", "Value": "1"}])
    api("TagMFADevice", SerialNumber=device.serial, Tags=[{"Key": "b", "Value": "2"}])
    api("UntagMFADevice", SerialNumber=device.serial, TagKeys=["a"])
    assert api("ListMFADeviceTags", SerialNumber=device.serial)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_right_to_a_device_is_on_its_arn(api, refused, say, clock):
    own = say.allow(
        "iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", resource="arn:aws:iam::*:mfa/${aws:username}"
    )
    bob = api.as_new_user("bob", own)
    made = bob("CreateVirtualMFADevice", VirtualMFADeviceName="bob")["VirtualMFADevice"]["SerialNumber"]
    with refused("AccessDenied"):
        bob("CreateVirtualMFADevice", VirtualMFADeviceName="other")
    with refused("AccessDenied"):
        bob("CreateVirtualMFADevice", VirtualMFADeviceName="bob", Path="/team/")
    bob("DeleteVirtualMFADevice", SerialNumber=made)


def test_pages_go_on_past_paths_that_no_marker_could_hold(api):
    """AWS's model takes markers of 320 characters at most; a path has up to 512."""
    for number in range(3):
        api("CreateVirtualMFADevice", VirtualMFADeviceName=f"m{number}", Path="/" + "p" * 500 + "/")
    seen, marker = [], {}
    while True:
        answer = api("ListVirtualMFADevices", MaxItems=1, **marker)
        seen += [one["SerialNumber"][-2:] for one in answer["VirtualMFADevices"]]
        if not answer["IsTruncated"]:
            break
        assert len(answer["Marker"]) <= 320
        marker = {"Marker": answer["Marker"]}
    assert seen == ["m0", "m1", "m2"]
