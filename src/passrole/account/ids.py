"""Identifiers that the account gives: unique ids, access key ids, secrets and session tokens.

Source: IAM User Guide, "IAM identifiers", unique ID prefixes
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
"""

from __future__ import annotations

import base64
import random
import secrets
from typing import Protocol
from uuid import UUID

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
"""The 32 characters of unique ids and access key ids: those of base32 (RFC 4648)."""

SECRET_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"  # noqa: S105


class Ids(Protocol):
    """Where new identifiers come from. Two calls never give the same one within the life of an account."""

    def unique_id(self, prefix: str) -> str:
        """21 characters: a four-letter prefix (AIDA, AROA, AGPA, ANPA, AIPA) and 17 more."""
        ...

    def access_key_id(self, prefix: str, account_id: str) -> str:
        """20 characters: AKIA (long-term) or ASIA (temporary) and 16 more."""
        ...

    def secret(self) -> str:
        """A secret access key: 40 characters."""
        ...

    def session_token(self) -> str: ...

    def uuid(self) -> str:
        """36 characters, for what is asked about once."""
        ...

    def mfa_seed(self) -> str:
        """64 characters of Base32: what a virtual MFA device makes its codes of."""
        ...


class RandomIds:
    """Identifiers from a source of randomness; the operating system's unless another is handed in."""

    def __init__(self, source: random.Random | None = None) -> None:
        self._random = source or secrets.SystemRandom()

    def unique_id(self, prefix: str) -> str:
        # One number for all of them: the operating system is asked once.
        bits = self._random.getrandbits(85)
        return prefix + "".join([ALPHABET[bits >> shift & 31] for shift in range(0, 85, 5)])

    def access_key_id(self, prefix: str, account_id: str) -> str:
        """Like AWS's own, the id carries its account: tools that decode it find the right one.

        80 bits: a one, 40 bits of account number, 39 random bits.
        """
        number = (1 << 79) | (int(account_id) << 39) | self._random.getrandbits(39)
        return prefix + base64.b32encode(number.to_bytes(10, "big")).decode("ascii")

    def secret(self) -> str:
        return "".join(self._random.choices(SECRET_ALPHABET, k=40))

    def session_token(self) -> str:
        return base64.b64encode(self._random.randbytes(192)).decode("ascii")

    def uuid(self) -> str:
        return str(UUID(bytes=self._random.randbytes(16), version=4))

    def mfa_seed(self) -> str:
        return base64.b32encode(self._random.randbytes(40)).decode("ascii")


def random_uuid() -> str:
    """A UUID of version 4, as `uuid.uuid4` makes it, in a fourth of the time: a call is given two of them."""
    digits = secrets.token_hex(16)
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def repeatable_ids(seed: int) -> RandomIds:
    """Identifiers that are the same in every run, for tests and documentation; not secret."""
    return RandomIds(random.Random(seed))  # noqa: S311


def account_of_access_key(access_key_id: str) -> str | None:
    """The 12-digit account that an access key id carries; None when it is not of that form."""
    try:
        number = int.from_bytes(base64.b32decode(access_key_id[4:]), "big")
    except ValueError:
        return None
    if len(access_key_id) != 20 or not number >> 79:
        return None
    account = (number >> 39) & ((1 << 40) - 1)
    return f"{account:012d}" if account < 10**12 else None
