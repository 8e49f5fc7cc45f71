# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Where names went, and where they must not go."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .._net._names import in_zone
from ._outcome import Outcome, failed, ok, unproved
from ._packet import LLMNR, MDNS, Sighting
from ._questions import NAME, SHORT, Question, Questions

# So many places of leaks are told in the sentence of the verdict; all leaks are among the facts.
_MOST_TOLD = 4


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What left the host while the private names were asked for, then the public ones, then the short ones.

    `missing` has the questions that could not be asked in their way, and why.
    """

    private: t.Sequence[Sighting]
    public: t.Sequence[Sighting]
    short: t.Sequence[Sighting]
    missing: t.Mapping[Question, str] = dataclasses.field(default_factory=dict)

    @property
    def all(self) -> list[Sighting]:
        """All of it; a query may be sent again long after the name was asked for."""
        return [*self.private, *self.public, *self.short]


@dataclasses.dataclass(frozen=True)
class _Trace:
    """A query that left the host, with the question that made it; `wrong` is why it should not, or empty."""

    item: Sighting
    question: Question
    wrong: str

    @property
    def is_exact(self) -> bool:
        """Whether nothing was put behind the name."""
        return self.item.name == self.question.name

    def to_dict(self) -> dict[str, t.Any]:
        return {**self.item.to_dict(), "kind": self.question.kind, "way": self.question.way}


@dataclasses.dataclass(frozen=True)
class Rules:
    """Names of the zones belong to the servers alone, all others to others alone, unless `allow_public`."""

    zones: t.Sequence[str]
    servers: t.Collection[str]
    allow_public: bool = False

    def judge(self, questions: Questions, evidence: Evidence) -> Outcome:
        """The verdict over what was seen."""
        traces = self._traces(questions, evidence)
        leaks = [trace for trace in traces if trace.wrong]
        ways = _ways(questions, evidence)
        facts = {
            "seen": _distinct(traces),
            "leaks": _distinct(leaks),
            "ways": ways,
            "left_out": sorted(set(evidence.missing.values())),
        }
        if leaks:
            return failed(_tell(leaks), **facts)
        doubt = self._doubt_private(traces, evidence.private, ways) or self._doubt_public(traces, evidence.public)
        if doubt is not None:
            return dataclasses.replace(doubt, facts=facts)
        private, public = (
            _servers([trace for trace in traces if trace.is_exact and trace.question in asked])
            for asked in (set(questions.private), set(questions.public))
        )
        return ok(
            f"names of {', '.join(self.zones)} were sent only to {private}, public names only to {public}, "
            f"asked for by {', '.join(ways)}",
            **facts,
        )

    def _traces(self, questions: Questions, evidence: Evidence) -> list[_Trace]:
        """In the order of the questions."""
        by_name = {question.name: (place, question) for place, question in enumerate(questions.all)}
        found = []
        for item in evidence.all:
            origin = _origin(item.name or "", by_name)
            if origin:
                place, question = origin
                found.append((place, _Trace(item, question, self._wrong(item, question))))
        return [trace for _place, trace in sorted(found, key=lambda pair: pair[0])]

    def _wrong(self, item: Sighting, question: Question) -> str:
        """Why a readable query should not have been sent where it was sent, empty when it is fine."""
        name = item.name or ""
        private = any(in_zone(name, zone) for zone in self.zones)
        kind = NAME if question.kind == SHORT else question.kind
        what = ""
        if item.server in self.servers:
            # A short name as it is says nothing about anybody.
            if not private and not self.allow_public and "." in name:
                what = f"the public {kind} {name}"
        elif private:
            what = f"the private {kind} {name}"
        elif question.zone:
            what = f"the private {kind} with a search domain behind it, {name},"
        return f"{what} was sent to {_place(item)}, asked for by {question.way}" if what else ""

    def _doubt_private(
        self, traces: t.Sequence[_Trace], items: t.Sequence[Sighting], ways: t.Sequence[str]
    ) -> Outcome | None:
        encrypted_here, encrypted_elsewhere = self._encrypted(items)
        seen = [trace.question for trace in traces if trace.question.zone and trace.is_exact]
        zones = set(self.zones) - {question.zone for question in seen}
        silent = set(ways) - {question.way for question in seen}
        unseen = [f"names of {zone}" for zone in self.zones if zone in zones]
        unseen = unseen or [f"private names that {way} was asked for" for way in ways if way in silent]
        if encrypted_elsewhere:
            blame = failed if unseen and not encrypted_here else unproved
            return blame(_hidden(encrypted_elsewhere[0], "private names were"))
        if unseen and not encrypted_here:
            return unproved(
                f"{', '.join(unseen)} left this host on no link as a readable query: a hosts file or a server on this "
                "host answered, their server is not there, or they took another way"
            )
        return None

    def _doubt_public(self, traces: t.Sequence[_Trace], items: t.Sequence[Sighting]) -> Outcome | None:
        encrypted_here, encrypted_elsewhere = self._encrypted(items)
        seen = any(not trace.question.zone and trace.question.kind != SHORT and trace.is_exact for trace in traces)
        arrived = seen or bool(encrypted_elsewhere)
        if encrypted_here and not self.allow_public:
            blame = unproved if arrived else failed
            return blame(_hidden(encrypted_here[0], "public names were"))
        if not arrived and not encrypted_here:
            return unproved("public names were sent to nobody, so nothing is known about names outside the zones")
        return None

    def _encrypted(self, items: t.Sequence[Sighting]) -> tuple[list[Sighting], list[Sighting]]:
        """Queries whose name cannot be seen: those to the servers, those to others."""
        hidden = [item for item in items if item.name is None]
        here = [item for item in hidden if item.server in self.servers]
        return here, [item for item in hidden if item not in here]


def _origin(name: str, by_name: t.Mapping[str, tuple[int, Question]]) -> tuple[int, Question] | None:
    """The question that made a query, also when a search domain was put behind its name."""
    while name:
        if name in by_name:
            return by_name[name]
        name = name.rpartition(".")[0]
    return None


def _ways(questions: Questions, evidence: Evidence) -> list[str]:
    """The ways that this host has, in the order of the questions."""
    return list(dict.fromkeys(question.way for question in questions.all if question not in evidence.missing))


def _tell(leaks: t.Sequence[_Trace]) -> str:
    """The first leak of each zone to each place, and how many more there are of it."""
    groups: dict[tuple[str, str], list[_Trace]] = {}
    for leak in leaks:
        groups.setdefault((leak.question.zone, _place(leak.item)), []).append(leak)
    told = [_tell_group(group) for group in list(groups.values())[:_MOST_TOLD]]
    rest = len(groups) - len(told)
    return "; ".join([*told, *([f"and so on to {rest} more places"] if rest else [])])


def _tell_group(leaks: t.Sequence[_Trace]) -> str:
    more = {leak.item.name for leak in leaks} - {leaks[0].item.name}
    if not more:
        return leaks[0].wrong
    kinds, ways = ({getattr(leak.question, key) for leak in leaks} for key in ("kind", "way"))
    noun = "name" if len(more) == 1 else "names"
    return f"{leaks[0].wrong} (and {len(more)} more {noun}: {_list(kinds)}, by {_list(ways)})"


def _list(texts: t.Iterable[str]) -> str:
    return ", ".join(sorted(texts))


def _hidden(item: Sighting, looked_up: str) -> str:
    return f"an encrypted query, whose name cannot be seen, was sent to {_place(item)} while {looked_up} looked up"


def _place(item: Sighting) -> str:
    protocol = {MDNS: "mDNS", LLMNR: "LLMNR"}.get(item.port, "")
    multicast = protocol and ipaddress.ip_address(item.server).is_multicast
    everybody = f"everybody on the link by {protocol}, " if multicast else ""
    return f"{everybody}{item.server} ({item.transport} port {item.port}, {item.link})"


def _servers(traces: t.Iterable[_Trace]) -> str:
    return _list({trace.item.server for trace in traces}) or "servers that are asked encrypted"


def _distinct(traces: t.Iterable[_Trace]) -> list[dict[str, t.Any]]:
    """Without repetitions: a query is sent for each address family, again when it is lost, and seen on each link."""
    return list({tuple(trace.to_dict().values()): trace.to_dict() for trace in traces}.values())
