# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry, diff, unmet
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet


def entry(*values: str, owner: str | None = "home") -> Entry:
    return Entry(RecordSet("a.test", "A", values), owner)


def change(before: Entry | None, after: Entry | None) -> Change:
    return Change(("a.test", "A"), before, after)


def test_diff_shows_records() -> None:
    assert diff([change(None, entry("192.0.2.1")), change(entry("192.0.2.1"), entry("192.0.2.2", "192.0.2.3"))]) == {
        "before": "a.test A 192.0.2.1\n",
        "after": "a.test A 192.0.2.1\na.test A 192.0.2.2 192.0.2.3\n",
    }


def test_diff_shows_the_owner_where_nothing_else_changes() -> None:
    assert diff([change(entry("192.0.2.1", owner=None), entry("192.0.2.1"))]) == {
        "before": "a.test A 192.0.2.1 ; owner: none\n",
        "after": "a.test A 192.0.2.1 ; owner: home\n",
    }


def test_marks_change_with_the_owner() -> None:
    one, other = entry("192.0.2.1"), entry("192.0.2.1", owner="lab")
    assert change(None, one).marks
    assert change(one, None).marks
    assert change(one, other).marks
    assert not change(one, entry("192.0.2.2")).marks
    # One value of somebody else's set was taken away: it stays without a mark.
    assert not change(entry("192.0.2.1", owner=None), entry("192.0.2.2", owner=None)).marks


def test_unmet_names_what_is_missing() -> None:
    wanted = change(None, entry("192.0.2.1"))
    assert unmet([wanted], [entry("192.0.2.1")]) == []
    assert unmet([wanted], []) == ["a.test A: expected 192.0.2.1 (owner: home), found no record set"]
    assert unmet([wanted], [entry(owner=None)]) == [
        "a.test A: expected 192.0.2.1 (owner: home), found nothing that is served (owner: none)"
    ]
    assert unmet([change(entry("192.0.2.1"), None)], [entry("192.0.2.1", owner=None)])
