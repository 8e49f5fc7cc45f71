# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._arp_rules import Claims, Holding, judge

ADDRESS, NODE1, NODE2 = "192.0.2.60", "192.0.2.51", "192.0.2.52"
MAC1, MAC2, MAC9 = "02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:09"
NODES = {NODE1: {MAC1: 0.1}, NODE2: {MAC2: 0.1}}


@pytest.mark.parametrize(
    ("holders", "claims", "status", "detail", "held_by"),
    [
        ([], {ADDRESS: {MAC1: 0.1}}, "ok", f"{MAC1} answers for {ADDRESS}", []),
        ([NODE1, NODE2], {ADDRESS: {MAC2: 0.1}, **NODES}, "ok", f"{MAC2} ({NODE2}) answers for {ADDRESS}", [NODE2]),
        ([NODE1, NODE2], {ADDRESS: {MAC1: 0.1}, NODE1: {MAC1: 0.1}}, "ok", f"{MAC1} ({NODE1}) answers", [NODE1]),
        ([NODE1], {ADDRESS: {}, **NODES}, "failed", f"no host answers for {ADDRESS}", []),
        ([], {}, "failed", f"no host answers for {ADDRESS}", []),
        (
            [NODE1],
            {ADDRESS: {MAC9: 0.1, MAC1: 0.1}, **NODES},
            "failed",
            f"2 hosts answer for {ADDRESS}: {MAC1} ({NODE1}), {MAC9}",
            [NODE1],
        ),
        (
            [NODE1, NODE2],
            {ADDRESS: {MAC9: 0.1}, **NODES},
            "failed",
            f"{MAC9} answers for {ADDRESS}, which is none of its holders {NODE1} ({MAC1}), {NODE2} ({MAC2})",
            [],
        ),
        (
            [NODE1, NODE2],
            {ADDRESS: {MAC9: 0.1}, NODE1: {MAC1: 0.1}, NODE2: {}},
            "unproved",
            f"{MAC9} answers for {ADDRESS}, but {NODE2} does not answer itself",
            [],
        ),
    ],
)
def test_verdicts(holders: list[str], claims: Claims, status: str, detail: str, held_by: list[str]) -> None:
    outcome = judge(Holding(ADDRESS, holders), claims)
    assert outcome.status == status
    assert outcome.detail.startswith(detail)
    assert outcome.facts == {"macs": sorted(claims.get(ADDRESS, {})), "held_by": held_by}


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, "ok"),
        ({ADDRESS: {MAC1: 0.1}, **NODES}, "ok"),
        ({ADDRESS: {MAC9: 0.1}, **NODES}, "failed"),
    ],
)
def test_a_vacant_address_is_right_and_a_stranger_on_it_is_not(claims: Claims, status: str) -> None:
    assert judge(Holding(ADDRESS, [NODE1], vacant=True), claims).status == status
