# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""All back ends, by the name that the option C(backend) gives them.

The table is static: Ansible sends a module together with what it imports anywhere, not with what it could import. Each
back end is imported when it is asked for, because on a host all that a module imports is compiled anew in each task.
"""

from __future__ import annotations

import typing as t

from ._backend import Backend


def _adguard_home() -> type[Backend]:
    from ._adguard_home import AdGuardHome

    return AdGuardHome


def _cloudflare() -> type[Backend]:
    from ._cloudflare import Cloudflare

    return Cloudflare


def _coredns() -> type[Backend]:
    from ._coredns import CoreDns

    return CoreDns


def _dnsmasq() -> type[Backend]:
    from ._dnsmasq import Dnsmasq

    return Dnsmasq


def _mikrotik() -> type[Backend]:
    from ._mikrotik import Mikrotik

    return Mikrotik


def _opnsense() -> type[Backend]:
    from ._opnsense import OpnSense

    return OpnSense


def _pihole() -> type[Backend]:
    from ._pihole import Pihole

    return Pihole


def _powerdns() -> type[Backend]:
    from ._powerdns import PowerDns

    return PowerDns


def _rfc2136() -> type[Backend]:
    from ._rfc2136 import Rfc2136

    return Rfc2136


def _technitium() -> type[Backend]:
    from ._technitium import Technitium

    return Technitium


def _unifi() -> type[Backend]:
    from ._unifi import Unifi

    return Unifi


class _Backends(t.Mapping[str, type[Backend]]):
    """A table whose values are imported when they are asked for."""

    def __init__(self, backends: t.Mapping[str, t.Callable[[], type[Backend]]]) -> None:
        self._backends = backends

    def __getitem__(self, name: str) -> type[Backend]:
        return self._backends[name]()

    def __iter__(self) -> t.Iterator[str]:
        return iter(self._backends)

    def __len__(self) -> int:
        return len(self._backends)


BACKENDS: t.Mapping[str, type[Backend]] = _Backends(
    {
        "adguard_home": _adguard_home,
        "cloudflare": _cloudflare,
        "coredns": _coredns,
        "dnsmasq": _dnsmasq,
        "mikrotik": _mikrotik,
        "opnsense": _opnsense,
        "pihole": _pihole,
        "powerdns": _powerdns,
        "rfc2136": _rfc2136,
        "technitium": _technitium,
        "unifi": _unifi,
    }
)
