"""IP address operators: whether an address lies in a range, both as numbers.

Source: IAM User Guide, "IP address condition operators"
<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_IPAddress>
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from passrole.engine.compare import Test
from passrole.policy.operators import OperatorRow

_PREFIX = re.compile(r"[0-9]{1,3}")


@lru_cache(maxsize=4096)
def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """Addresses without a zone (`%eth0`); `::ffff:10.0.0.1` is an IPv6 address like any other."""
    try:
        if ":" not in text:
            return IPv4Address(text)
        return IPv6Address(text) if "%" not in text else None
    except AddressValueError:
        return None


def address_range(text: str) -> tuple[int, int, int] | None:
    """The version, the first and the last address of a range in CIDR form, as numbers; None when it is none."""
    base_text, slash, prefix_text = text.partition("/")
    base = address_of(base_text)
    if base is None or (slash and not _PREFIX.fullmatch(prefix_text)):
        return None
    # "If you specify an IP address without the associated routing prefix, IAM uses the default prefix value of /32";
    # for IPv6 that can only mean /128.
    prefix = int(prefix_text) if slash else base.max_prefixlen
    if prefix > base.max_prefixlen:
        return None
    host_bits = base.max_prefixlen - prefix
    first = int(base) >> host_bits << host_bits
    return base.version, first, first + (1 << host_bits) - 1


def address_test(row: OperatorRow, text: str) -> Test | None:
    """A range in CIDR form; bits beyond the prefix do not count, and no prefix means one address."""
    found = address_range(text)
    if found is None:
        return None
    version, first, last = found

    def test(seen_text: str) -> bool | None:
        seen = address_of(seen_text)
        if seen is None:
            return None
        # An IPv4 range holds no IPv6 address.
        return seen.version == version and first <= int(seen) <= last

    return test
