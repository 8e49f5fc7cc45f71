# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof as a table: what was not proved is never green."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.plugin_utils.plan._checks import checks
from ansible_collections.homelab.network.plugins.plugin_utils.plan._table import Seen, assigned, table

from .plans import HOME, plan_of

PLAN = plan_of(HOME)
SERVICES = {
    "home": [
        {"service": "media/plex", "requested": ["192.168.30.62"], "assigned": ["192.168.30.62"], "status": "assigned"},
        {"service": "default/web", "requested": [], "assigned": ["192.168.30.70"], "status": "assigned"},
    ]
}
CLIENTS = ("homelab_clients",)


def seen(host: str, vantage: str, **red: str) -> Seen:
    """A host for which everything is as planned, but the layers of which a reason is given."""
    results = [
        {**item, "status": "failed" if item["layer"] in red else "ok", "detail": red.get(item["layer"], "fine")}
        for item in checks(PLAN, vantage, assigned(SERVICES), CLIENTS)
    ]
    for item in results:
        if item["layer"] == "arp":
            item |= {"macs": ["02:00:00:00:00:51"], "held_by": ["192.168.30.51"]}
    return Seen(host, vantage, CLIENTS, results)


def test_all_green() -> None:
    found = table(PLAN, [seen("probe1", "probe"), seen("ws1", "client")], SERVICES)
    assert found["lines"] == [
        "entry point  address        held  ARP                         TCP  DNS pihole  HTTP  DNS ws1  page ws1",
        "plex         192.168.30.62  ok    ok node1 02:00:00:00:00:51  ok   ok          -     ok       -",
        "web          192.168.30.70  ok    ok node1 02:00:00:00:00:51  ok   ok          ok    ok       ok",
        "no leak ws1: ok",
    ]
    assert (found["red"], found["unproved"], found["problems"]) == (0, 0, [])


def test_red_cells_have_reasons() -> None:
    found = table(
        PLAN, [seen("probe1", "probe", arp="nobody answers"), seen("ws1", "client", no_leak="sent abroad")], SERVICES
    )
    assert found["problems"] == [
        "plex, ARP: probe1: nobody answers",
        "web, ARP: probe1: nobody answers",
        "no leak ws1: ws1: sent abroad",
    ]
    assert (found["red"], found["unproved"]) == (3, 0)
    assert "  RED [1]  " in found["lines"][1]
    assert found["lines"][-1] == "[3] no leak ws1: ws1: sent abroad"


def test_one_red_probe_makes_the_cell_red() -> None:
    found = table(PLAN, [seen("probe1", "probe"), seen("probe2", "probe", tcp="refused")], SERVICES)
    assert found["rows"][0]["cells"]["TCP"] == {"status": "failed", "facts": [], "reasons": ["probe2: refused"]}


def test_a_host_without_results_leaves_its_cells_unproved() -> None:
    found = table(PLAN, [seen("probe1", "probe"), Seen("ws1", "client", CLIENTS, None, "switched off")], SERVICES)
    cells = found["rows"][1]["cells"]
    assert cells["page ws1"] == {"status": "unproved", "facts": [], "reasons": ["ws1: switched off"]}
    assert found["hosts"]["no leak ws1"]["status"] == "unproved"
    assert (found["red"], found["unproved"]) == (0, 4)


def test_a_service_that_does_not_exist_yet_is_pending_and_no_error() -> None:
    services: dict[str, t.Any] = {
        "home": [{**SERVICES["home"][0], "status": "missing", "assigned": []}, SERVICES["home"][1]]
    }
    found = table(PLAN, [seen("probe1", "probe", arp="nobody answers", tcp="timeout")], services)
    assert found["rows"][0]["cells"]["ARP"]["status"] == "unproved"
    assert found["rows"][0]["cells"]["held"]["status"] == "unproved"
    assert found["rows"][1]["cells"]["ARP"]["status"] == "failed"


def test_an_address_that_was_not_given_is_red() -> None:
    services = {"home": [{"service": "default/web", "assigned": [], "status": "pending", "reason": "no pool fits"}]}
    found = table(PLAN, [seen("probe1", "probe")], services)
    assert found["rows"][1]["cells"]["held"]["reasons"] == ["default/web: no pool fits"]
    assert found["rows"][1]["addresses"] == []
    # Nothing is known of the other one: that is not green.
    assert found["rows"][0]["cells"]["held"]["status"] == "unproved"


def test_without_any_host_there_is_no_table() -> None:
    assert table(PLAN, [], None)["rows"] == []
