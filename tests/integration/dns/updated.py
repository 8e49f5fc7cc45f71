# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are written with dynamic updates and read by zone transfer (RFC 2136, RFC 5936)."""

from __future__ import annotations

import typing as t
from pathlib import Path

import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.tsig
import dns.update
import dns.xfr
import dns.zone
from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import presentation

from .server import Server, ask, free_port

KEY = "homelab-lab"
ALGORITHM = "hmac-sha256"
SECRET = "dGhpcyBpcyBhIG1hZGUtdXAgc2VjcmV0IGtleSE="
WRONG = "YW5vdGhlciBzZWNyZXQgdGhhdCBmaXRzIG5vd2hlcmU="
ZONES = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")
# A zone within another one, which delegates it.
CHILD = "lab.home.arpa"
_SETS_PER_MESSAGE = 500


def zone_text(zone: str) -> str:
    """A zone with nothing but what it needs: SOA, NS, and the delegation of the zone within it."""
    lines = [f"{zone}. SOA ns1.home.arpa. hostmaster.home.arpa. 1 3600 600 86400 60", f"{zone}. NS ns1.home.arpa."]
    if zone == "home.arpa":
        lines += ["ns1.home.arpa. A 192.0.2.53", f"{CHILD}. NS ns1.home.arpa."]
    return "\n".join(["$TTL 300", *lines, ""])


class Updated(Server):
    """A server with the zones of `ZONES` and `CHILD`, and a key that may transfer and update them."""

    secrets = (SECRET, WRONG)
    wrong: t.ClassVar = {"tsig_secret": WRONG}
    zones = ZONES

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.options = self.key_options()

    def key_options(self) -> dict[str, t.Any]:
        """The options for dynamic updates with the right key."""
        key = {"tsig_name": KEY, "tsig_secret": SECRET, "tsig_algorithm": ALGORITHM}
        return {"backend": "rfc2136", "server": "127.0.0.1", "port": self.port, **key}

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        return ask(self.port, name, rtype)

    def by_hand(self, name: str, rtype: str, *values: str, ttl: int = 3600) -> None:
        zone = self.zone_of(name)
        update = self.message(zone)
        owner = dns.name.from_text(name)
        update.delete(owner, rtype)
        for value in values:
            update.add(owner, ttl, rtype, presentation(rtype, value))
        self.send(update)

    def reset(self) -> None:
        for zone in (*ZONES, CHILD):
            held, empty = self.transfer(zone), dns.zone.from_text(zone_text(zone), zone, relativize=False)
            extra, missing = _more(held, empty), _more(empty, held)
            for start in range(0, len(extra), _SETS_PER_MESSAGE):
                update = self.message(zone)
                for name, rdataset in extra[start : start + _SETS_PER_MESSAGE]:
                    update.delete(name, rdataset.rdtype)
                self.send(update)
            if missing:
                update = self.message(zone)
                for name, rdataset in missing:
                    update.replace(name, rdataset)
                self.send(update)

    def zone_of(self, name: str) -> str:
        """The longest zone that a name lies in."""
        below = [zone for zone in (*ZONES, CHILD) if f".{name}".endswith(f".{zone}")]
        return max(below, key=len)

    def transfer(self, zone: str) -> dns.zone.Zone:
        """A zone as it is, with absolute names."""
        found = dns.zone.Zone(zone, relativize=False)
        query, _serial = dns.xfr.make_query(found, keyring=_keyring(), keyname=KEY, keyalgorithm=ALGORITHM)
        dns.query.inbound_xfr("127.0.0.1", found, query, port=self.port, timeout=10)
        return found

    def message(self, zone: str) -> dns.update.UpdateMessage:
        """An empty update of a zone with the right key."""
        return dns.update.UpdateMessage(zone, keyring=_keyring(), keyname=KEY, keyalgorithm=ALGORITHM)

    def send(self, update: dns.update.UpdateMessage) -> None:
        """Send an update, which has to be taken."""
        answer = dns.query.tcp(update, "127.0.0.1", port=self.port, timeout=10)
        assert answer.rcode() == dns.rcode.NOERROR, f"{dns.rcode.to_text(answer.rcode())}: {update}"

    def serial(self, zone: str = "home.arpa") -> int:
        """The serial of a zone, which grows with each update that changes something."""
        answer = dns.query.udp(dns.message.make_query(zone, "SOA"), "127.0.0.1", port=self.port, timeout=5)
        return answer.answer[0][0].serial


def _more(zone: dns.zone.Zone, other: dns.zone.Zone) -> list[tuple[dns.name.Name, dns.rdataset.Rdataset]]:
    """What a zone has that another one has not, or otherwise; but for the SOA."""
    return [
        (name, rdataset)
        for name, rdataset in zone.iterate_rdatasets()
        if rdataset.rdtype != dns.rdatatype.SOA and rdataset != other.get_rdataset(name, rdataset.rdtype)
    ]


def _keyring() -> dict[dns.name.Name, dns.tsig.Key]:
    name = dns.name.from_text(KEY)
    return {name: dns.tsig.Key(name, SECRET, ALGORITHM)}
