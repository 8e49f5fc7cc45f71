# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._record import (
    Entry,
    Original,
    Record,
    parse,
    render,
)

RECORD = Record(
    Original(
        Entry(content="nameserver 192.0.2.1 \udce4\n", mode=0o640, owner=1, group=2), (("/a", "/dev/null"),), ("x",)
    ),
    ("192.0.2.1",),
    ("lan",),
    True,
    (("home", ("home.arpa",)),),
)


def test_the_text_holds_all_of_it() -> None:
    assert parse(render(RECORD)) == RECORD
    assert "homelab.network" in render(RECORD).splitlines()[1]
    link = Record(Original(Entry(target="/run/x"), (), ()))
    assert parse(render(link)) == link


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"delegates": 1}', render(RECORD).replace("target", "other")])
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not what homelab\.network wrote"):
        parse(text)


def test_delegates_come_and_go() -> None:
    more = RECORD.holding("a", ["b.example.org", "a.example.org"])
    assert [name for name, _domains in more.delegates] == ["a", "home"]
    assert more.domains == ("a.example.org", "b.example.org", "home.arpa")
    assert more.holding("a", []).domains == ("home.arpa",)
    assert more.without("a") == RECORD
    assert RECORD.without("other") == RECORD


def test_forms_for_a_diff() -> None:
    assert Entry().to_dict() == {}
    assert Entry(target="/run/x").to_dict() == {"link": "/run/x"}
    assert Entry(content="a\nb\n", mode=0o644).to_dict() == {"content": ["a", "b"], "mode": "0644"}
