# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _anchors
from ansible_collections.homelab.network.plugins.module_utils._resolved._anchor_file import BUILT_IN, kept, parse
from ansible_collections.homelab.network.plugins.module_utils._resolved._anchors import plan_anchors
from ansible_collections.homelab.network.plugins.module_utils._resolved._facts import Facts
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host

from .fake_host import FACTS

PRIVATE = "home.example.org"


class FakeResolved(Host):
    """What resolved says of DNSSEC; it reads the files of a directory when it is told to."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.dnssec = "yes"
        self.configured = ""
        self.anchors = BUILT_IN | {"later.test"}
        self.reloads = 0

    def try_(self, command: list[str]) -> str:
        if command[0] == "systemd-analyze":
            return self.configured
        if command[-1] == "DNSSEC":
            return json.dumps({"data": self.dnssec})
        if command[-1] == "DNSSECNegativeTrustAnchors":
            return json.dumps({"data": sorted(self.anchors)})
        return "active"

    def reload(self, _facts: Facts) -> None:
        self.reloads += 1
        files = [parse(path.read_text()) for path in self.directory.glob("*.negative")]
        self.anchors = frozenset().union(*files) or BUILT_IN | {"later.test"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of the files, and one below it."""
    monkeypatch.setattr(_anchors, "DIRECTORY", str(tmp_path / "etc"))
    monkeypatch.setattr(_anchors, "_DIRECTORIES", (str(tmp_path / "etc"), str(tmp_path / "usr")))
    (tmp_path / "usr").mkdir()
    return tmp_path / "etc"


@pytest.fixture
def resolved(place: Path) -> FakeResolved:
    """A host that validates."""
    return FakeResolved(place)


def bring(resolved: FakeResolved, name: str, *domains: str) -> bool:
    """Bring the anchors of a delegate; whether that changed anything."""
    part = plan_anchors(resolved, FACTS, name, domains)
    if part.before == part.after:
        return False
    part.bring(resolved, part.after)
    part.prove(resolved)
    return True


def test_what_is_built_in_stays(resolved: FakeResolved, place: Path) -> None:
    before = resolved.anchors
    assert bring(resolved, "home", PRIVATE, "home.arpa")
    assert resolved.anchors == before | {PRIVATE}
    assert not bring(resolved, "home", PRIVATE, "home.arpa")
    assert bring(resolved, "home")
    assert resolved.anchors == before
    assert not place.exists()
    assert not bring(resolved, "home")


def test_each_delegate_has_its_file(resolved: FakeResolved) -> None:
    before = resolved.anchors
    assert bring(resolved, "a", PRIVATE)
    assert bring(resolved, "b", PRIVATE, "b.example.org")
    assert bring(resolved, "a")
    assert resolved.anchors == before | {PRIVATE, "b.example.org"}
    assert bring(resolved, "b", PRIVATE)
    assert resolved.anchors == before | {PRIVATE}
    assert bring(resolved, "b")
    assert resolved.anchors == before


@pytest.mark.parametrize("dnssec", ["no", ""])
def test_nothing_where_nothing_is_validated(resolved: FakeResolved, dnssec: str) -> None:
    assert bring(resolved, "home", PRIVATE)
    resolved.dnssec = dnssec
    assert bring(resolved, "home", PRIVATE)
    assert not bring(resolved, "home", PRIVATE)
    assert PRIVATE not in resolved.anchors


def test_nothing_where_the_domain_is_covered(resolved: FakeResolved) -> None:
    assert not bring(resolved, "home", "home.arpa", "168.192.in-addr.arpa", "1.10.in-addr.arpa")


def test_files_of_others_rule_out_what_is_built_in(resolved: FakeResolved, place: Path) -> None:
    (place.parent / "usr/admin.negative").write_text("; ours\ncorp.example.org\n")
    assert bring(resolved, "home", "a.corp.example.org", "home.arpa")
    text = (place / "homelab-network-home.negative").read_text()
    assert parse(text) == {"home.arpa"}
    assert kept(text) == frozenset()


def test_a_masked_file_of_others_rules_out_nothing(resolved: FakeResolved, place: Path) -> None:
    (place.parent / "usr/admin.negative").write_text("corp.example.org\n")
    place.mkdir()
    (place / "admin.negative").symlink_to("/dev/null")
    assert not bring(resolved, "home", "home.arpa")


def test_a_killed_run_is_completed(resolved: FakeResolved, place: Path) -> None:
    assert bring(resolved, "home", PRIVATE)
    resolved.anchors = BUILT_IN
    assert bring(resolved, "home", PRIVATE), "the file was written, and resolved was not told"
    (place / "homelab-network-home.negative").rename(place / "homelab-network-home.negative.leaving")
    assert bring(resolved, "home")
    assert PRIVATE not in resolved.anchors
    assert not place.exists()


def test_a_service_that_does_not_run_is_not_asked(resolved: FakeResolved) -> None:
    facts = dataclasses.replace(FACTS, active=False)
    for configured, needed in (("", ()), ("DNSSEC=yes\nDNSSEC=no\n", ()), ("DNSSEC=allow-downgrade\n", (PRIVATE,))):
        resolved.configured = configured
        assert plan_anchors(resolved, facts, "home", [PRIVATE]).domains == needed


def test_what_somebody_else_wrote_is_left(resolved: FakeResolved, place: Path) -> None:
    place.mkdir()
    (place / "homelab-network-home.negative").write_text("corp\n")
    with pytest.raises(DelegateError, match=r"was not written by homelab\.network"):
        plan_anchors(resolved, FACTS, "home", [PRIVATE])


def test_a_deaf_service_is_noticed(resolved: FakeResolved) -> None:
    part = plan_anchors(resolved, FACTS, "home", [PRIVATE])
    with pytest.raises(DelegateError, match=r"still validates home\.example\.org"):
        part.prove(resolved)
