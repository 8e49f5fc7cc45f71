# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Snapshot
from ansible_collections.homelab.network.plugins.module_utils._dns._cautions import cautions
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS


def told(backend: str, zones: set[str] | None, *lines: str) -> list[str]:
    entries = (line.split() for line in lines)
    snapshot = Snapshot(
        "1",
        tuple(Entry(RecordSet(name, rtype, tuple(values))) for name, rtype, *values in entries),
        warnings=("It is paused",),
        zones=None if zones is None else frozenset(zones),
    )
    first, *rest = cautions(snapshot, BACKENDS[backend].capabilities)
    assert first == "It is paused"
    return rest


def test_a_name_that_exists_is_not_answered_by_a_wildcard() -> None:
    found = told(
        "powerdns",
        {"home.arpa"},
        "*.home.arpa A 192.0.2.1",
        "nas.home.arpa TXT here",
        "www.home.arpa CNAME nas.home.arpa",
        "tv.home.arpa A 192.0.2.2",
        "off.home.arpa TXT",
    )
    assert len(found) == 1
    assert found[0].startswith("nas.home.arpa A: not answered")


def test_forwarding_goes_before_a_zone_above_it() -> None:
    lines = ("lab.home.arpa FWD 192.0.2.53", "a.lab.home.arpa A 192.0.2.1", "b.home.arpa A 192.0.2.2")
    (found,) = told("coredns", {"home.arpa"}, *lines)
    assert found == "a.lab.home.arpa A: not answered from here, because lab.home.arpa is forwarded"
    assert told("coredns", {"home.arpa", "lab.home.arpa"}, *lines) == []
    assert told("pihole", None, *lines) == []


def test_a_delegation_ends_a_zone() -> None:
    lines = ("lab.home.arpa NS ns.lab.home.arpa", "ns.lab.home.arpa A 192.0.2.1", "a.lab.home.arpa A 192.0.2.1")
    (found,) = told("powerdns", {"home.arpa"}, *lines)
    assert found == "a.lab.home.arpa A: not answered from here, because lab.home.arpa is delegated"


def test_a_wildcard_that_goes_before_forwarding() -> None:
    lines = ("*.home.arpa A 192.0.2.1", "lab.home.arpa FWD 192.0.2.53", "other.test FWD 192.0.2.53")
    (found,) = told("adguard_home", None, *lines)
    assert found.startswith("lab.home.arpa FWD: no name is forwarded, because the wildcard *.home.arpa")
    assert told("mikrotik", None, *lines) == []


def test_what_is_hidden_by_another_type() -> None:
    found = told("adguard_home", None, "*.home.arpa A 192.0.2.1", "a.home.arpa TXT x", "home.arpa TXT y")
    assert found == ["a.home.arpa TXT: not answered, because *.home.arpa A is, and goes before it"]


def test_a_wildcard_of_the_forwarded_zone_itself() -> None:
    (found,) = told("adguard_home", None, "*.lab.home.arpa A 192.0.2.1", "lab.home.arpa FWD 192.0.2.2")
    assert found.startswith("lab.home.arpa FWD: no name below it is forwarded, because the wildcard *.lab.home.arpa")
