# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._marked_text import (
    Chunk,
    Record,
    edit,
    fold,
    lines,
    mark,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet

A, B = ("a.test", "A"), ("b.test", "A")


def spell(record: RecordSet) -> list[str]:
    return [f"{record.name} {value}" for value in record.values]


def parse(text: str) -> list[Chunk]:
    """Lines of a name and addresses; one that begins with a space takes the name before it."""
    chunks, name = [], ""
    for line in lines(text):
        words = [] if line.startswith("#") else line.split()
        if words and not line.startswith(" "):
            name = words.pop(0)
        records = tuple(Record((name, "A"), word) for word in words)
        chunks.append(Chunk(line, records, mark(line), rests=line.startswith(" ")))
    return chunks


def changed(text: str, **goals: str) -> str:
    """The text with new values for names in `test`."""
    changes = [
        Change(
            (f"{name}.test", "A"),
            None,
            Entry(RecordSet(f"{name}.test", "A", tuple(values.split())), "home") if values else None,
        )
        for name, values in goals.items()
    ]
    return edit(parse(text), changes, spell, "#")


MARK = "# homelab.network owner=home name={}.test type=A\n"


def test_marks_and_records_are_folded() -> None:
    text = MARK.format("a") + "a.test 2 1\na.test 1\n" + MARK.format("b")
    found = fold(parse(text))
    assert found == {A: Entry(RecordSet(*A, ("1", "1", "2")), "home"), B: Entry(RecordSet(*B, ()), "home")}


def test_the_lowest_ttl_counts() -> None:
    chunks = [Chunk("", (Record(A, "1", 60), Record(A, "2", 30), Record(A, "3")))]
    assert fold(chunks)[A].record.ttl == 30


def test_a_changed_record_set_stays_where_it_was() -> None:
    text = "# x\n" + MARK.format("a") + "a.test 1\r\nb.test 2\n\n"
    assert changed(text, a="3 4") == "# x\n" + MARK.format("a") + "a.test 3\na.test 4\nb.test 2\n\n"
    assert changed(text, a="") == "# x\nb.test 2\n\n"


def test_a_new_one_stands_at_the_end() -> None:
    assert changed("b.test 2", a="1") == "b.test 2\n" + MARK.format("a") + "a.test 1\n"
    assert changed("", a="1") == MARK.format("a") + "a.test 1\n"


def test_what_shares_its_line_stays() -> None:
    chunks = [Chunk("both\n", (Record(A, "1"), Record(B, "2")))]
    assert edit(chunks, [Change(A, None, None)], spell, "#") == "b.test 2\n"


def test_what_takes_its_name_from_a_line_that_goes_gets_its_own() -> None:
    text = "a.test 1\nb.test 2\n# x\n 3\n\n 4\nc.test 5\n 6\n"
    assert changed(text, b="7") == "a.test 1\n" + MARK.format("b") + "b.test 7\n# x\n\nc.test 5\n 6\n"
    chunks = parse(text)
    chunks[3] = Chunk(" 3\n", (Record(("c.test", "A"), "3"),), rests=True)
    assert "# x\nc.test 3\n" in edit(chunks, [Change(B, None, None)], spell, "#")


def test_what_belongs_to_a_record_set_goes_with_it() -> None:
    chunks = [Chunk("a.test 1\n", (Record(A, "1"),)), Chunk("of a\n", belongs=A), Chunk("of b\n", belongs=B)]
    assert edit(chunks, [Change(A, None, None)], spell, "#") == "of b\n"


def test_only_a_line_feed_ends_a_line() -> None:
    assert lines("a\u2028\x0bb\r\nc") == ["a\u2028\x0bb\r\n", "c"]
    assert lines("") == []
