# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection, Interest
from ansible_collections.homelab.network.plugins.module_utils._dns._coredns import CoreDns
from ansible_collections.homelab.network.plugins.module_utils._dns._corefile import blocks
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change

_ZONE = frozenset({"home.arpa"})


def test_a_zone_stands_at_no_time_beside_the_forwarding_that_it_replaces(tmp_path: Path) -> None:
    """Whatever ends a task between its two writes: CoreDNS does not start with two server blocks for one zone."""
    (tmp_path / "lan.server").write_text("home.arpa {\n    forward . 192.0.2.1\n}\n", encoding="ascii")
    backend = CoreDns(Connection(path=str(tmp_path)))
    (entry,) = backend.read(Interest(_ZONE, _ZONE, everything=False)).entries
    assert list(backend.objections([])) != []
    assert list(backend.objections([Change(entry.record.key, entry, None)])) == []
    backend.create_zones(["home.arpa"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home.arpa.server", "home.arpa.zone"]
    (block,) = blocks((tmp_path / "home.arpa.server").read_text(encoding="ascii"))
    assert block.names == {"errors", "file"}


def test_pairs_by_hand_are_let_be(tmp_path: Path) -> None:
    """They may answer at different ports."""
    theirs = "a.test:54 {\n    whoami\n}\na.test:55 {\n    whoami\n}\n"
    (tmp_path / "theirs.server").write_text(theirs, encoding="ascii")
    backend = CoreDns(Connection(path=str(tmp_path)))
    backend.read(Interest(_ZONE, _ZONE, everything=False))
    assert list(backend.objections([])) == []
