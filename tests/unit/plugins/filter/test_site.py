# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks make of what they have seen, evaluated by Ansible itself."""

from __future__ import annotations

import json
from pathlib import Path

from ..run_playbook import run_play, saved

PLEX = {"service": "media/plex", "assigned": ["192.168.30.62"]}
POOLS = [{"name": "lan", "provider": "metallb", "addresses": ["192.168.30.60-192.168.30.69"]}]
VARIABLES = {
    "homelab_network": {
        "clusters": {
            "home": {"load_balancer": "metallb", "pools": {"lan": {"addresses": ["{{ first }}-192.168.30.69"]}}}
        }
    },
    # A part of the plan that the filter finds by itself.
    "homelab_network__plex": {
        "entry_points": {
            "plex": {"service": "media/plex", "address": "{{ wanted | default('192.168.30.62') }}", "names": []}
        }
    },
    "first": "192.168.30.60",
    "seen": {
        "cluster-home": {
            "homelab_network_target": "home",
            "homelab_network_seen": {"services": [PLEX], "pools": POOLS},
        },
        "cluster-away": {"homelab_network_target": "away", "homelab_network_seen": {"msg": "{{ 'no ' ~ 'route' }}"}},
    },
    "clusters": {"homelab_clusters": ["cluster-home", "cluster-away"]},
    "problems": [{"rule": "pin-held", "severity": "error", "paths": ["entry_points.plex.address"]}],
}
EXPRESSIONS = {
    "snapshot": "seen | homelab.network.site_snapshot(clusters)",
    "gives": "seen | homelab.network.site_gives_out(clusters)",
    "addresses": "problems | homelab.network.site_held_back('addresses', 'home')",
    "pools": "problems | homelab.network.site_held_back('pools', 'home')",
}


def test_what_was_seen_and_what_it_means(tmp_path: Path) -> None:
    everything = ", ".join(f"{key!r}: {expression}" for key, expression in EXPRESSIONS.items())
    tasks = [
        saved(tmp_path / "out", f"{{{everything}}}"),
        {**saved(tmp_path / "moved", EXPRESSIONS["gives"]), "vars": {"wanted": "192.168.30.63"}},
    ]
    status, output = run_play(tmp_path, tasks, json.loads(json.dumps(VARIABLES)))
    assert status == 0, output
    found = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    assert found["snapshot"] == {
        "clusters": {"home": {"services": [PLEX], "pools": POOLS}, "away": {"unreachable": "no route"}},
        "servers": {},
        "lan": {},
    }
    assert (found["gives"], found["addresses"], found["pools"]) == (False, True, False)
    assert json.loads((tmp_path / "moved").read_text(encoding="utf-8")) is True
