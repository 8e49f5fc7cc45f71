# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All servers of the tests, real ones and fakes, by the name of their back end or of a variant of it."""

from __future__ import annotations

import typing as t
from pathlib import Path

from .adguard import AdGuard
from .bind import Bind
from .coredns import CoreDns
from .dnsmasq import Dnsmasq, DnsmasqConf
from .fake_cloudflare import FakeCloudflare
from .fake_mikrotik import FakeMikrotik
from .fake_opnsense import FakeOpnSense
from .fake_pihole import FakePihole
from .fake_technitium import FakeTechnitium
from .fake_unifi import FakeOldUnifi, FakeUnifi
from .knot import Knot
from .powerdns import PowerDns, PowerDnsUpdated
from .server import Server

ALL: dict[str, t.Callable[[Path], Server]] = {
    "adguard_home": AdGuard,
    "cloudflare": FakeCloudflare,
    "coredns": CoreDns,
    "dnsmasq": Dnsmasq,
    "dnsmasq-conf": DnsmasqConf,
    "mikrotik": FakeMikrotik,
    "opnsense": FakeOpnSense,
    "pihole": FakePihole,
    "powerdns": PowerDns,
    "rfc2136-bind": Bind,
    "rfc2136-knot": Knot,
    "rfc2136-powerdns": PowerDnsUpdated,
    "technitium": FakeTechnitium,
    "unifi": FakeUnifi,
    "unifi-old": FakeOldUnifi,
}
