# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Who answers for an address, and whether that is right."""

from __future__ import annotations

import dataclasses
import typing as t

from ._outcome import Outcome, failed, ok, unproved

# Addresses and the MACs that claim them, each with the seconds until its first answer.
Claims = t.Mapping[str, t.Mapping[str, float]]


@dataclasses.dataclass(frozen=True)
class Holding:
    """An address, the holders of which one answers for it, and whether it may also be vacant: nobody answers."""

    address: str
    holders: t.Sequence[str] = ()
    vacant: bool = False


def judge(check: Holding, claims: Claims) -> Outcome:
    """Exactly one MAC answers for the address, and it is that of one of the holders, where holders are named."""
    address, holders = check.address, check.holders
    macs = sorted(claims.get(address, {}))
    owners = {mac: [holder for holder in holders if mac in claims.get(holder, {})] for mac in macs}
    facts = {"macs": macs, "held_by": sorted({holder for mac in macs for holder in owners[mac]})}
    if not macs and check.vacant:
        return ok(f"no host answers for {address}", **facts)
    if not macs:
        return failed(f"no host answers for {address}", **facts)
    if len(macs) > 1:
        named = ", ".join(_name(mac, owners[mac]) for mac in macs)
        return failed(f"{len(macs)} hosts answer for {address}: {named}", **facts)
    (mac,) = macs
    if not holders or owners[mac]:
        return ok(f"{_name(mac, owners[mac])} answers for {address}", **facts)
    silent = [holder for holder in holders if not claims.get(holder)]
    if silent:
        return unproved(
            f"{mac} answers for {address}, but {', '.join(silent)} does not answer itself, so nobody can tell whose "
            "MAC that is",
            **facts,
        )
    known = ", ".join(f"{holder} ({', '.join(sorted(claims[holder]))})" for holder in holders)
    return failed(f"{mac} answers for {address}, which is none of its holders {known}", **facts)


def _name(mac: str, owners: t.Sequence[str]) -> str:
    return f"{mac} ({', '.join(owners)})" if owners else mac
