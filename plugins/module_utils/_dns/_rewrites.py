# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""AdGuard Home's rewrites as record sets, and the fewest calls from one to the other; pure.

A rewrite is a pair of domain and answer, without a number of its own; equal pairs may stand in the list several times.
"""

from __future__ import annotations

import ipaddress
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass

from .._net._names import is_wildcard, longest_zone
from ._entry import Change, Entry
from ._record_set import Key, RecordSet

TYPES = ("A", "AAAA", "CNAME")


@dataclass(frozen=True)
class Rewrite:
    """A rewrite in the spelling of the server, which delete and update compare verbatim."""

    domain: str
    answer: str
    enabled: bool = True

    @property
    def pair(self) -> tuple[str, str]:
        """What the server compares."""
        return self.domain, self.answer

    @property
    def name(self) -> str:
        """The name in its canonical spelling."""
        return self.domain.lower().rstrip(".")

    @property
    def served(self) -> bool:
        """Whether the server can answer with it: it compares the domain without a dot at its end."""
        return self.enabled and not self.domain.endswith(".")

    @property
    def type_and_value(self) -> tuple[str, str]:
        """The record type and the canonical value.

        The answers C(A) and C(AAAA) mean "ask upstream for this type"; they are kept as a value of that type.
        """
        if self.answer in ("A", "AAAA"):
            return self.answer, self.answer
        try:
            address = ipaddress.ip_address(self.answer)
        except ValueError:
            return "CNAME", self.answer.lower().rstrip(".")
        return ("A" if address.version == 4 else "AAAA"), str(address)


@dataclass(frozen=True)
class Step:
    """One call: `add` has only `new`, `delete` only `old`, `update` both."""

    old: Rewrite | None
    new: Rewrite | None

    @property
    def key(self) -> Key:
        """The record set that it is for."""
        rewrite = t.cast(Rewrite, self.new or self.old)
        return rewrite.name, rewrite.type_and_value[0]


def fold(rewrites: t.Iterable[Rewrite], owners: t.Mapping[Key, str]) -> tuple[Entry, ...]:
    """The record sets that rewrites and marks make up. A mark without rewrites is one without values."""
    values: dict[Key, list[str]] = {key: [] for key in owners}
    for rewrite in rewrites:
        rtype, value = rewrite.type_and_value
        served = values.setdefault((rewrite.name, rtype), [])
        if rewrite.served:
            served.append(value)
    return tuple(Entry(RecordSet(*key, tuple(sorted(found))), owners.get(key)) for key, found in sorted(values.items()))


def covering(rewrites: t.Iterable[Rewrite]) -> t.Callable[[str], bool]:
    """Whether a name is answered by rewrites alone: one that matches it ends the search, and no rule is looked at."""
    domains = {rewrite.name for rewrite in rewrites if rewrite.served}
    wildcards = {domain[2:] for domain in domains if is_wildcard(domain)}
    return lambda name: name in domains or bool(longest_zone(name.partition(".")[2], wildcards))


def steps(rewrites: t.Sequence[Rewrite], changes: t.Iterable[Change]) -> list[Step]:
    """The calls that make the changes, in an order that leaves no name without an answer that has one before and after.

    One that changes is updated in place, and what is new is added before the old is deleted. (Equal pairs are the
    exception: a delete takes all of them, so the one that stays is added again.)
    """
    found: dict[Key, dict[str, list[Rewrite]]] = defaultdict(lambda: defaultdict(list))
    for rewrite in rewrites:
        rtype, value = rewrite.type_and_value
        found[rewrite.name, rtype][value].append(rewrite)
    copies = Counter(rewrite.pair for rewrite in rewrites)
    names: dict[str, _Name] = defaultdict(lambda: _Name(copies))
    for change in changes:
        wanted = change.after.record.values if change.after else ()
        names[change.key[0]].reach(change.key[0], wanted, found[change.key])
    return [step for name in names.values() for step in name.steps()]


class _Name:
    """Collects the calls for one name, over all its types: a CNAME may take the place of an address."""

    def __init__(self, copies: Counter[tuple[str, str]]) -> None:
        self._copies = copies
        self._first: list[Step] = []
        self._add: list[Rewrite] = []
        self._replaceable: list[Rewrite] = []
        self._delete: list[Rewrite] = []

    def reach(self, name: str, wanted: tuple[str, ...], found: dict[str, list[Rewrite]]) -> None:
        """Have the values of one type become `wanted`. Rewrites that are switched off stay while the set does."""
        add = []
        for value in wanted:
            same, new = found.get(value, []), Rewrite(name, value)
            if not same:
                add.append(new)
            elif sum(rewrite.served for rewrite in same) != 1:
                self._restore(same, new)
        old = [
            rewrite
            for value, same in found.items()
            if value not in wanted
            for rewrite in same
            if rewrite.served or not wanted
        ]
        # The update call replaces the first of several equal pairs, whichever that is; only a single one is safe.
        single = [rewrite for rewrite in old if self._copies[rewrite.pair] == 1]
        self._delete += [rewrite for rewrite in old if rewrite not in single]
        self._first += [Step(*pair) for pair in zip(single, add)]
        self._add += add[len(single) :]
        self._replaceable += single[len(add) :]

    def _restore(self, same: list[Rewrite], new: Rewrite) -> None:
        """Have one served rewrite where there is one that is switched off, or several."""
        if len(same) == 1:
            self._first.append(Step(same[0], new))
        else:
            self._first += [*_deletes(same), Step(None, new)]

    def steps(self) -> list[Step]:
        """The calls in their order."""
        pairs = list(zip(self._replaceable, self._add))
        added = self._add[len(pairs) :]
        return [
            *self._first,
            *(Step(old, new) for old, new in pairs),
            *(Step(None, new) for new in added),
            *_deletes(self._delete + self._replaceable[len(pairs) :]),
        ]


def _deletes(rewrites: t.Iterable[Rewrite]) -> list[Step]:
    """One call for equal pairs: it deletes all of them."""
    return [Step(rewrite, None) for rewrite in {rewrite.pair: rewrite for rewrite in rewrites}.values()]
