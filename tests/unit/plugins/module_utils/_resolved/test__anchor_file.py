# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._resolved._anchor_file import (
    BUILT_IN,
    covered,
    is_ours,
    kept,
    parse,
    render,
)


def test_the_text() -> None:
    text = render("home", ["lan", "home.arpa"], ["home.example.org"])
    assert is_ours(text)
    assert text.splitlines()[1:] == [
        "; What systemd-resolved has built in, which no such file may lack:",
        "home.arpa",
        "lan",
        "; Private domains of delegate home:",
        "home.example.org",
    ]
    assert parse(text) == {"home.arpa", "lan", "home.example.org"}
    assert kept(text) == {"home.arpa", "lan"}
    assert kept(render("home", (), ["a.example.org"])) == frozenset()


def test_files_of_others() -> None:
    text = "; comment\n\n Corp.Example.org. \n"
    assert not is_ours(text)
    assert parse(text) == {"corp.example.org"}


def test_covered() -> None:
    assert covered("1.168.192.in-addr.arpa", BUILT_IN)
    assert covered("home.arpa", BUILT_IN)
    assert not covered("nothome.arpa", BUILT_IN)
    assert not covered("home.example.org", BUILT_IN)
    assert len(BUILT_IN) == 32
