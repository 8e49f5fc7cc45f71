# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._dns._ledger import edit, owners
from hypothesis import given
from hypothesis import strategies as st

MARK = "! homelab.network owner=home name=a.test type=A"
KEYS = st.tuples(st.sampled_from(["a.test", "*.b.test", "c.test"]), st.sampled_from(["A", "AAAA", "CNAME"]))
MARKS = st.dictionaries(KEYS, st.none() | st.sampled_from(["home", "lab-2"]))
FOREIGN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n")) | st.sampled_from(
    ["! a comment", "||ads.test^", "", "  ", MARK + " ", "#" + MARK, "! homelab.network owner=a b name=c type=A"]
)


def test_what_a_mark_looks_like() -> None:
    assert edit([], {("a.test", "A"): "home"}) == [MARK]


def test_others_keep_their_lines_and_places() -> None:
    lines = ["||ads.test^", MARK, "", "! mine"]
    assert edit(lines, {("a.test", "A"): None, ("b.test", "A"): "home"}) == [
        "||ads.test^",
        "",
        "! mine",
        "! homelab.network owner=home name=b.test type=A",
    ]


def test_a_new_owner_takes_the_place_of_the_old() -> None:
    lines = edit([MARK, MARK], {("a.test", "A"): "other"})
    assert owners(lines) == {("a.test", "A"): "other"}
    assert len(lines) == 1


def test_a_mark_stands_once() -> None:
    assert edit([MARK, "x", MARK], {("a.test", "A"): "home"}) == [MARK, "x"]


@given(st.lists(FOREIGN), MARKS, MARKS)
def test_edit(foreign: list[str], first: dict, second: dict) -> None:
    known = {key: owner for key, owner in first.items() if owner}
    lines = edit(foreign, first)
    assert owners(lines) == known
    assert lines[: len(foreign)] == foreign
    again = edit(lines, second)
    assert owners(again) == {key: owner for key, owner in {**known, **second}.items() if owner}
    assert edit(again, second) == again
    assert edit(again, dict.fromkeys({**first, **second})) == foreign
