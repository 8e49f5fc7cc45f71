# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a host was before systemd-resolved was put in charge, kept so that it can be that again."""

from __future__ import annotations

import dataclasses
import json
import typing as t

from ._file import MARK

PATH = "/etc/homelab-network/take-over.json"
FILE_MODE = 0o600
DIRECTORY_MODE = 0o755


@dataclasses.dataclass(frozen=True)
class Entry:
    """A name in a directory: a link when it has a `target`, a file when it has `content`, else nothing."""

    target: str | None = None
    content: str | None = None
    mode: int = 0
    owner: int = 0
    group: int = 0

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        if self.target is not None:
            return {"link": self.target}
        if self.content is None:
            return {}
        return {"content": self.content.splitlines(), "mode": f"{self.mode:04o}"}


@dataclasses.dataclass(frozen=True)
class Original:
    """What there was: /etc/resolv.conf; the links of systemd-resolved's units by path; which of the units ran."""

    resolv_conf: Entry
    links: tuple[tuple[str, str], ...]
    running: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Record:
    """The original, and the domains of the delegates that rely on the change, by delegate.

    `servers` stay those for everything else, and `searched` the domains for short names; with `first` they are asked
    although links have servers too.
    """

    original: Original
    servers: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    first: bool = False
    delegates: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def holding(self, name: str, domains: t.Sequence[str]) -> Record:
        """The record with one delegate more, or with other domains of it."""
        return dataclasses.replace(
            self, delegates=tuple(sorted({**dict(self.delegates), name: tuple(sorted(domains))}.items()))
        )

    def without(self, name: str) -> Record:
        """The record with one delegate less."""
        return dataclasses.replace(self, delegates=tuple(item for item in self.delegates if item[0] != name))

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains of all delegates."""
        return tuple(domain for _name, domains in self.delegates for domain in domains)


def render(record: Record) -> str:
    """The text of the record's file."""
    original = record.original
    return (
        json.dumps(
            {
                "about": f"{MARK[2:]} What this host was before systemd-resolved was put in charge.",
                "delegates": {name: list(domains) for name, domains in record.delegates},
                "servers": list(record.servers),
                "searched": list(record.searched),
                "first": record.first,
                "resolv_conf": dataclasses.asdict(original.resolv_conf),
                "links": dict(original.links),
                "running": list(original.running),
            },
            indent=2,
        )
        + "\n"
    )


def parse(text: str) -> Record:
    """The record that a text holds.

    :raises ValueError: it holds none.
    """
    try:
        data = json.loads(text)
        original = Original(
            Entry(**data["resolv_conf"]), tuple(sorted(data["links"].items())), tuple(sorted(data["running"]))
        )
        delegates = sorted((name, tuple(domains)) for name, domains in data["delegates"].items())
        return Record(original, tuple(data["servers"]), tuple(data["searched"]), bool(data["first"]), tuple(delegates))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"this is not what homelab.network wrote: {error!r}") from None
