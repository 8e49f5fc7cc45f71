# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leaks as the DNS servers of a lab see them: what a host asked for, and at which server it arrived.

Nothing of the collection is used for it, so it can tell whether the collection's own proof is right.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from . import topology
from .dns import ADGUARD, LoggingDns, Query
from .lab import Lab

_SCRIPT = Path(__file__).with_name("ask_names.py")

_SECOND = "second-dns"
# AdGuard Home does not log queries for addresses of RFC 6303, such as those for documentation and private ones; these
# do not leave the lab.
PUBLIC_ZONES = ("example.com", "9.9.9.in-addr.arpa", "0.7.4.6.0.6.2.ip6.arpa")
# Each form of a question has had its turn after so many rounds.
_ROUNDS = 12
# 20 questions in a second, most of which are two queries.
_PAUSE = 0.05
_SHORT_PAUSE = 0.002
# The servers have written down by then what they were asked.
_SETTLE = 0.3
_END = 60.0


@contextlib.contextmanager
def second_server(lab: Lab, address: str) -> Iterator[LoggingDns]:
    """A second private server, on the host of the first."""
    server = LoggingDns(_SECOND, lab.name, "dns1", address, [topology.NODE], lab.programs.log(_SECOND))
    lab.exec("dns1", ["ip", "address", "add", f"{address}/32", "dev", "eth0"])
    try:
        lab.run([server.program()])
        yield server
    finally:
        lab.programs.forget(server.name, others=tuple)
        lab.exec("dns1", ["ip", "address", "delete", f"{address}/32", "dev", "eth0"])


@dataclass(frozen=True)
class Arrival:
    """A query of the host at a server; `at` is when its name was asked for (time.monotonic), 0 when nobody knows."""

    server: str
    name: str
    type: str
    at: float


@dataclass(frozen=True)
class Verdict:
    """Which names arrived where, by server and by whether they are private."""

    private_at_public: list[Arrival]
    public_at_private: list[Arrival]
    private_at_private: list[Arrival]
    public_at_public: list[Arrival]

    @property
    def clean(self) -> bool:
        """Whether nothing arrived where it should not."""
        return not self.private_at_public and not self.public_at_private

    @property
    def complete(self) -> bool:
        """Whether names of both kinds arrived where they should, without which a clean verdict says nothing."""
        return bool(self.private_at_private and self.public_at_public)

    def between(self, begin: float = 0.0, end: float = float("inf")) -> Verdict:
        """The part that was asked for between two times; nobody knows when is always."""

        def part(arrivals: list[Arrival]) -> list[Arrival]:
            return [arrival for arrival in arrivals if not arrival.at or begin <= arrival.at < end]

        return Verdict(*(part(arrivals) for arrivals in vars(self).values()))

    def __str__(self) -> str:
        return "; ".join(
            f"{name.replace('_', ' ')}: {len(arrivals)} {sorted({arrival.name for arrival in arrivals})[:3]}"
            for name, arrivals in vars(self).items()
        )


class Watcher:
    """A context: the host asks for fresh names by all ways all the time, from its beginning to its end."""

    def __init__(
        self,
        lab: Lab,
        host: str,
        zones: Sequence[str],
        second: LoggingDns | None = None,
        *,
        rounds: int = 0,
        pause: float = _PAUSE,
        earlier: Watcher | None = None,
    ) -> None:
        self._lab = lab
        self._second = second
        self._host = host
        self._zones = zones
        self._wanted = {"zones": [*zones, *PUBLIC_ZONES], "pause": pause, "rounds": rounds}
        # A query that was lost is sent again seconds later.
        self._asked: dict[str, float] = dict(earlier._asked) if earlier else {}

    def __enter__(self) -> Self:
        self._clients = self._addresses()
        self._mark = self._lab.mark()
        self._second_mark = self._second.mark() if self._second else 0
        # A pipe that nobody reads would stop the questions when it is full.
        self._output = tempfile.TemporaryFile("w+", encoding="ascii")
        self._asking = self._lab.popen(
            self._host,
            ["python3", "-c", _SCRIPT.read_text(encoding="utf-8"), json.dumps(self._wanted)],
            stdin=subprocess.PIPE,
            stdout=self._output,
        )
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        # The end of its standard input ends the program; a signal would only reach nsenter.
        self._asking.stdin.close()
        self._asking.wait(_END)
        with self._output as output:
            output.seek(0)
            for line in output:
                at, name = line.split()
                self._asked[name] = float(at)
        if not error and self._asking.returncode:
            raise RuntimeError(f"the program that asks for names on {self._host} ended with {self._asking.returncode}")
        self._clients |= self._addresses()

    def wait(self) -> None:
        """Wait until all rounds are over."""
        self._asking.wait()

    def verdict(self) -> Verdict:
        """What the servers say of it."""
        time.sleep(_SETTLE)
        public = self._arrivals("public", self._lab.queries("public", self._mark))
        private = self._arrivals(ADGUARD, self._lab.queries("adguard", self._mark))
        if self._second:
            private += self._arrivals(self._second.name, self._second.queries(self._second_mark))
        return Verdict(
            [arrival for arrival in public if self._is_private(arrival.name)],
            [arrival for arrival in private if not self._is_private(arrival.name) and "." in arrival.name],
            [arrival for arrival in private if self._is_private(arrival.name)],
            [arrival for arrival in public if not self._is_private(arrival.name)],
        )

    def _arrivals(self, server: str, queries: Iterable[Query]) -> list[Arrival]:
        return [
            Arrival(server, query.name, query.type, self._asked.get(self._origin(query.name), 0.0))
            for query in queries
            if query.client in self._clients
        ]

    def _origin(self, name: str) -> str:
        """The name that was asked for, behind which a search domain may stand."""
        while name and name not in self._asked:
            name = name.rpartition(".")[0]
        return name

    def _is_private(self, name: str) -> bool:
        return _in_zones(name, self._zones) or _in_zones(self._origin(name), self._zones)

    def _addresses(self) -> set[str]:
        found = self._lab.exec(self._host, ["ip", "-json", "address", "show", "dev", "eth0"], check=False).stdout
        here = {info["local"] for link in json.loads(found or "[]") for info in link["addr_info"]}
        return here | set(self._lab.hosts[self._host].addresses)


def ask_once(lab: Lab, host: str, zones: Sequence[str], second: LoggingDns | None = None) -> Watcher:
    """The host asks for names of all kinds once, and is done."""
    with Watcher(lab, host, zones, second, rounds=_ROUNDS, pause=_SHORT_PAUSE) as watcher:
        watcher.wait()
    return watcher


def prove(lab: Lab, host: str, zones: Sequence[str], second: LoggingDns | None = None) -> Verdict:
    """What arrives where when the host asks for names of all kinds once."""
    return ask_once(lab, host, zones, second).verdict()


def _in_zones(name: str, zones: Iterable[str]) -> bool:
    return any(name == zone or name.endswith(f".{zone}") for zone in zones)
