# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._dns._dnsmasq_files import Files, edited, entries
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import Key, RecordSet
from hypothesis import given
from hypothesis import strategies as st

_NAMES = ("a.test", "b.test")
_ADDRESSES = ("192.0.2.1", "192.0.2.2")
_REVERSE = ("1.2.0.192.in-addr.arpa", "2.2.0.192.in-addr.arpa")
_SETS = [(name, rtype) for name in _NAMES for rtype in ("A", "TXT")] + [("*.a.test", "A")]
_SETS += [(name, "PTR") for name in _REVERSE]


def change(files: Files, name: str, rtype: str, *values: str, ttl: int | None = None) -> Change:
    after = Entry(RecordSet(name, rtype, tuple(sorted(values)), ttl), "home") if values else None
    return Change((name, rtype), entries(files).get((name, rtype)), after)


def put(files: Files, *items: tuple[str, ...]) -> Files:
    return edited(files, [change(files, *item) for item in items])


def test_addresses_go_to_the_hosts_file_and_the_rest_to_the_configuration() -> None:
    files = put(Files("", ""), ("a.test", "A", "192.0.2.1"), ("a.test", "TXT", "x"), ("*.a.test", "A", "192.0.2.2"))
    assert files.hosts == "# homelab.network owner=home name=a.test type=A\n192.0.2.1 a.test\n"
    assert files.effective == ["address=/a.test/192.0.2.2", "local=/a.test/ # of A", 'txt-record=a.test,"x"']
    assert put(Files("", None), ("a.test", "A", "192.0.2.1")).effective == ["host-record=a.test,192.0.2.1"]


def test_an_address_leads_back_to_the_name_that_is_wished() -> None:
    text = "192.0.2.1 other.test b.test # by hand\n"
    files = put(Files("", text), ("a.test", "A", "192.0.2.1"), (_REVERSE[0], "PTR", "a.test"))
    assert files.config == ""
    assert [line for line in (files.hosts or "").split("\n") if not line.startswith("#")] == [
        "192.0.2.1 a.test",
        "192.0.2.1 other.test b.test # by hand",
        "",
    ]
    assert entries(files)[_REVERSE[0], "PTR"].record.values == ("a.test",)
    moved = put(files, (_REVERSE[0], "PTR", "b.test"))
    assert [line for line in (moved.hosts or "").split("\n") if not line.startswith("#")] == [
        "192.0.2.1 b.test",
        "192.0.2.1 a.test",
        "192.0.2.1 other.test",
        "",
    ]


def test_what_a_hosts_file_cannot_say_any_more_moves() -> None:
    files = put(Files("", ""), ("a.test", "A", "192.0.2.1"), (_REVERSE[0], "PTR", "a.test"))
    assert files.effective == []
    files = edited(files, [change(files, "a.test", "A", "192.0.2.1", ttl=60)])
    assert files.effective == ["ptr-record=1.2.0.192.in-addr.arpa,a.test", "host-record=a.test,192.0.2.1,60"]
    assert files.hosts == ""


def test_a_record_set_of_both_files_becomes_one() -> None:
    both = Files("host-record=a.test,192.0.2.1\n", "192.0.2.2 a.test\n")
    assert entries(both)["a.test", "A"].record.values == _ADDRESSES
    files = put(both, ("a.test", "A", "192.0.2.1"))
    assert files.config == ""
    assert entries(files)["a.test", "A"].record.values == ("192.0.2.1",)


_CHANGES = st.dictionaries(
    st.sampled_from(_SETS), st.tuples(st.sets(st.integers(0, 1)), st.sampled_from([None, 60])), max_size=5
)


def _goal(key: Key, numbers: t.Iterable[int], ttl: int | None) -> Entry | None:
    values = {"A": _ADDRESSES, "TXT": ("x", "y"), "PTR": _NAMES}[key[1]]
    some = tuple(values[number] for number in sorted(numbers))
    return Entry(RecordSet(*key, some, ttl if key[1] == "A" and "*" not in key[0] else None), "home") if some else None


_HAND = "192.0.2.1 x.test b.test\n# y\n"


@given(st.lists(_CHANGES, max_size=4), st.sampled_from(["", _HAND]), st.booleans())
def test_any_changes_are_what_is_read_afterwards(
    steps: list[dict[Key, tuple[set[int], int | None]]], hand: str, with_hosts: bool
) -> None:
    files = Files("log-queries\n", hand if with_hosts else None)
    expected = entries(files)
    for step in steps:
        goals = {key: _goal(key, *item) for key, item in step.items()}
        files = edited(files, [Change(key, expected.get(key), goal) for key, goal in sorted(goals.items())])
        expected = {key: entry for key, entry in {**expected, **goals}.items() if entry}
        assert entries(files) == expected
        assert edited(files, []) == files
    assert files.config.startswith("log-queries\n")
    if hand and with_hosts:
        assert "# y\n" in (files.hosts or "")
