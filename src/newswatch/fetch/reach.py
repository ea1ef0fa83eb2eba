"""Which addresses a socket may be connected to: public ones, and the networks the policy allows.

Rule: pure, judges the literal address that is about to be connected, never a name.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache

# What `is_global` calls global and is not (measured on Python 3.11).
INSIDE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "224.0.0.0/4", "ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "fec0::/10", "::/96", "::ffff:0:0:0/96",
        "2002::/16", "2001::/32", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15",
        "192.88.99.0/24", "5f00::/16", "3fff::/20",  # 6to4's relays (RFC 7526), a network's own segments (9602), examples (9637)
    )
)  # fmt: skip

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

INSIDE_SAID = "is not a public address"  # also in the one error made of several addresses'


class Inside(OSError):
    """The address is not public and the policy does not allow it."""


@lru_cache(1000)
def may_connect(address: str, allowed: tuple[Network, ...]) -> bool:
    """Whether a socket may connect to this literal address: public, or in an *allowed* network."""
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in allowed if network.version == found.version):
        return True
    inside = any(found in network for network in INSIDE if network.version == found.version)
    return found.is_global and not inside
