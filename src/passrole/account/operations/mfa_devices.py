"""Virtual MFA devices: create, enable, resynchronize, deactivate, list, tag and delete.

Source: IAM User Guide, "Assign a virtual MFA device"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html>
"""

from __future__ import annotations

from urllib.parse import quote

from passrole.account import entities
from passrole.account.asks import Extra, account_wide, named, on, request_tags, resource_tags, untagged_keys
from passrole.account.clock import moment
from passrole.account.context import CallContext
from passrole.account.entities import UNIQUE_ID_PREFIX, Entity, Kind
from passrole.account.mfa_store import (
    MfaDevice,
    add_device,
    assign,
    devices_of,
    devices_of_user,
    find_device,
    set_clock,
    unassign,
)
from passrole.account.operation import Ask, Asker, operation
from passrole.account.pages import page, page_request, rest_of
from passrole.account.params import Params, Result
from passrole.account.qr_code import qr_code_png
from passrole.account.quotas import QUOTA_NAMES, check_quota
from passrole.account.service_error import (
    ServiceError,
    delete_conflict,
    entity_already_exists,
    validation_error,
)
from passrole.account.shapes import tags_if_any, user_shape
from passrole.account.tag_store import checked_tags, put_tags, remove_tags, tag_list, tags_of
from passrole.account.totp import FAR_STEPS, NEAR_STEPS, step_at, step_of_codes
from passrole.account.validation import PATH_WORDS


def _on_device(*extras: Extra) -> Asker:
    """About the device that SerialNumber names, which is its ARN."""

    def asks(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
        serial_number = params.text("SerialNumber")
        device = find_device(ctx, serial_number)
        context = resource_tags(ctx, device.entity if device else None)
        for extra in extras:
            context |= extra(ctx, params, None)
        return (Ask(action, serial_number, context),)

    return asks


def _asks_to_create(ctx: CallContext, params: Params, action: str) -> tuple[Ask, ...]:
    arn, context = ctx.arn(Kind.MFA_DEVICE, "/", _name(params)), request_tags(ctx, params, None)
    actions = [action, "iam:TagMFADevice"] if params.has("Tags") else [action]
    return tuple(Ask(each, arn, context) for each in actions)


@operation("iam", "CreateVirtualMFADevice", writes=True, asks=_asks_to_create)
def create_virtual_mfa_device(ctx: CallContext, params: Params) -> Result:
    """The only answer that ever shows the seed: as text, and as the picture that apps read."""
    if "//" in (params.optional_text("Path") or ""):
        # Recorded in moto's tests for devices; whether other paths may have empty parts is not known.
        raise validation_error(f"The specified value for path is invalid. {PATH_WORDS}")
    tags, name = checked_tags(params, Kind.MFA_DEVICE), _name(params)
    kind = Kind.MFA_DEVICE
    if entities.find(ctx, kind, name) is not None:
        raise entities.already_exists(kind, name)
    check_quota(QUOTA_NAMES[kind], entities.count(ctx, kind) + 1, ctx.quotas.entities[kind])
    entity = Entity(ctx.ids.unique_id(UNIQUE_ID_PREFIX[kind]), kind, name, "/", ctx.arn(kind, "/", name), ctx.now)
    seed = ctx.ids.mfa_seed()
    add_device(ctx, entity, seed)
    put_tags(ctx.connection, entity, tags)
    label = quote(f"{params.text('VirtualMFADeviceName')}@{ctx.account_id}", safe="@")
    shape: Result = {
        "SerialNumber": entity.arn,
        "Base32StringSeed": seed.encode("ascii"),
        "QRCodePNG": qr_code_png(f"otpauth://totp/{label}?secret={seed}"),
    }
    return {"VirtualMFADevice": shape | tags_if_any(tags)}


@operation("iam", "EnableMFADevice", writes=True, asks=on(Kind.USER))
def enable_mfa_device(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    device = _device(ctx, params)
    if device.user_id is not None:
        raise entity_already_exists("MFA Device is already in use.")
    own = devices_of_user(ctx, user)
    check_quota("MFADevicesPerUser", len(own) + 1, ctx.quotas.mfa_devices_of_user)
    step = _step_of(ctx, params, device, reach=NEAR_STEPS + 1)
    assign(ctx, device, user, now=ctx.now, drift=step - step_at(ctx.now), last_step=step)
    return {}


@operation("iam", "ResyncMFADevice", writes=True, asks=on(Kind.USER))
def resync_mfa_device(ctx: CallContext, params: Params) -> Result:
    """Two consecutive codes tell by how much the device's clock is wrong."""
    user = entities.get(ctx, Kind.USER, params.text("UserName"))
    device = _own_device(ctx, params, user)
    step = _step_of(ctx, params, device, reach=FAR_STEPS)
    set_clock(ctx, device, drift=step - step_at(ctx.now), last_step=step)
    return {}


@operation("iam", "DeactivateMFADevice", writes=True, asks=on(Kind.USER))
def deactivate_mfa_device(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    unassign(ctx, _own_device(ctx, params, user))
    return {}


@operation("iam", "ListMFADevices", writes=False, asks=on(Kind.USER))
def list_mfa_devices(ctx: CallContext, params: Params) -> Result:
    user = entities.get(ctx, Kind.USER, named(ctx, params, Kind.USER))
    request = page_request(params)
    rest = rest_of(request, devices_of_user(ctx, user), sort_key=_sort_key)

    def shape(device: MfaDevice) -> Result:
        assert device.enabled_at is not None, "a user's device was enabled"
        return {
            "UserName": user.name,
            "SerialNumber": device.entity.arn,
            "EnableDate": moment(device.enabled_at),
        }

    return page(request, "MFADevices", rest, sort_key=_sort_key, shape=shape)


@operation("iam", "ListVirtualMFADevices", writes=False, asks=account_wide)
def list_virtual_mfa_devices(ctx: CallContext, params: Params) -> Result:
    """Without seeds and tags; with the user for a device that is somebody's."""
    status = params.optional_text("AssignmentStatus") or "Any"
    request = page_request(params)
    found = entities.list_after(ctx, Kind.MFA_DEVICE, path_prefix=None, after=None, limit=None)
    wanted = {"Assigned": (True,), "Unassigned": (False,), "Any": (True, False)}[status]
    devices = [device for device in devices_of(ctx, found) if (device.user_id is not None) in wanted]
    devices = rest_of(request, devices, sort_key=_sort_key)

    def shape(device: MfaDevice) -> Result:
        user = None if device.user_id is None else entities.find_by_id(ctx.connection, device.user_id)
        if user is None or device.enabled_at is None:
            return {"SerialNumber": device.entity.arn}
        return {
            "SerialNumber": device.entity.arn,
            "User": user_shape(user),
            "EnableDate": moment(device.enabled_at),
        }

    return page(request, "VirtualMFADevices", devices, sort_key=_sort_key, shape=shape)


@operation("iam", "DeleteVirtualMFADevice", writes=True, asks=_on_device())
def delete_virtual_mfa_device(ctx: CallContext, params: Params) -> Result:
    device = _device(ctx, params)
    if device.user_id is not None:
        raise delete_conflict("MFA VirtualDevice in use. Must deactivate first.")
    entities.remove(ctx.connection, device.entity)
    return {}


@operation("iam", "TagMFADevice", writes=True, asks=_on_device(request_tags))
def tag_mfa_device(ctx: CallContext, params: Params) -> Result:
    wanted = checked_tags(params, Kind.MFA_DEVICE)
    put_tags(ctx.connection, _device(ctx, params).entity, wanted)
    return {}


@operation("iam", "UntagMFADevice", writes=True, asks=_on_device(untagged_keys))
def untag_mfa_device(ctx: CallContext, params: Params) -> Result:
    remove_tags(ctx.connection, _device(ctx, params).entity, params.texts("TagKeys"))
    return {}


@operation("iam", "ListMFADeviceTags", writes=False, asks=_on_device())
def list_mfa_device_tags(ctx: CallContext, params: Params) -> Result:
    listed = tag_list(tags_of(ctx.connection, _device(ctx, params).entity.id))
    request = page_request(params)
    return page(request, "Tags", rest_of(request, listed, sort_key=_tag_key), sort_key=_tag_key)


def _name(params: Params) -> str:
    """Path and name in one, as in the ARN after `mfa/`."""
    return f"{params.optional_text('Path') or '/'}{params.text('VirtualMFADeviceName')}".removeprefix("/")


def _device(ctx: CallContext, params: Params) -> MfaDevice:
    serial_number = params.text("SerialNumber")
    device = find_device(ctx, serial_number)
    if device is None:
        raise entities.not_found(Kind.MFA_DEVICE, serial_number)
    return device


def _own_device(ctx: CallContext, params: Params, user: Entity) -> MfaDevice:
    device = _device(ctx, params)
    if device.user_id != user.id:
        raise entities.not_found(Kind.MFA_DEVICE, params.text("SerialNumber"))
    return device


def _step_of(ctx: CallContext, params: Params, device: MfaDevice, *, reach: int) -> int:
    """Raises InvalidAuthenticationCode unless the two codes follow each other."""
    first, second = params.text("AuthenticationCode1"), params.text("AuthenticationCode2")
    step = step_of_codes(device.seed, first, second, step_at(ctx.now), reach=reach)
    if step is None or (device.last_step is not None and step <= device.last_step):
        raise ServiceError("InvalidAuthenticationCode", "Authentication code for device is not valid.")
    return step


def _sort_key(device: MfaDevice) -> str:
    return entities.sort_key(device.entity)


def _tag_key(tag: dict[str, str]) -> str:
    return tag["Key"]
