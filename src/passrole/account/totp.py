"""Time-based one-time passwords as virtual MFA devices make them (RFC 6238): SHA-1, six digits, steps of 30 seconds.

Source: <https://www.rfc-editor.org/rfc/rfc6238>; IAM User Guide, "Assign a virtual MFA device"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html>
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct

STEP_SECONDS = 30
DIGITS = 6
NEAR_STEPS = 1
"""How far a code may be from the time that is expected: who types takes a while."""
FAR_STEPS = 2 * 24 * 60 * 60 // STEP_SECONDS
"""How far a device's clock may be wrong when two of its codes tell by how much: two days (AWS does not say)."""


def step_at(now: int) -> int:
    """The number of the step of a time in seconds since 1970."""
    return now // STEP_SECONDS


def code_at(seed: str, step: int) -> str:
    """The code that a device with this seed (Base32) shows in a step."""
    key = base64.b32decode(seed)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of_code(seed: str, code: str, near: int) -> int | None:
    """The step in which a device shows this code, when that is near the one expected; the latest such."""
    for step in range(near + NEAR_STEPS, near - NEAR_STEPS - 1, -1):
        if step >= 0 and hmac.compare_digest(code_at(seed, step).encode(), code.encode()):
            return step
    return None


def step_of_codes(seed: str, first: str, second: str, near: int, *, reach: int) -> int | None:
    """The step of the second of two consecutive codes, at most `reach` steps from `near`; the nearest such."""
    for distance in range(reach + 1):
        for step in {near + distance, near - distance}:
            if step >= 1 and code_at(seed, step) == second and code_at(seed, step - 1) == first:
                return step
    return None
