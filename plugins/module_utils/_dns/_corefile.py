# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Server blocks of CoreDNS's configuration (https://coredns.io/manual/configuration/); pure."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ._marked_text import Chunk, lines, mark, record
from ._record_set import RecordSet

# What a server block that forwards a zone is written with: one that does more is not ours to write anew.
_FORWARDING = frozenset({"errors", "forward", "cache"})
# An address alone, or with a netmask, is a name like others to CoreDNS.
_CIDR = re.compile(r"[0-9a-f.:]+/\d+")
_FORWARD_FROM = re.compile(r"(?:dns://)?\[?([0-9A-Fa-f.:]+?)\]?(?::53)?")


@dataclass(frozen=True)
class Block:
    """A server block: the zones that it answers, and the lines of its plugins, each as words.

    A snippet, which server blocks import, is one that answers no zone.
    """

    text: str
    zones: tuple[str, ...]
    plugins: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of its plugins."""
        return frozenset(words[0] for words in self.plugins)

    def all(self, name: str) -> list[tuple[str, ...]]:
        """The arguments of each line of a plugin."""
        return [words[1:] for words in self.plugins if words[0] == name]


def parse(text: str) -> list[Block | str]:
    """The server blocks and snippets of a text, and the lines between them: comments, imports."""
    found: list[Block | str] = []
    begun: list[str] = []
    header: list[str] = []
    plugins: list[tuple[str, ...]] = []
    depth = 0
    for line in lines(text):
        words = _words(line)
        opens = bool(words) and words[-1] == "{"
        if depth == 0:
            if not words or (words[0] == "import" and not header):
                found.append(line)
                continue
            begun.append(line)
            header += [word for word in words if word != "{"]
        else:
            begun.append(line)
            if depth == 1 and words and words != ["}"]:
                plugins.append(tuple(word for word in words if word != "{"))
        depth += opens - (words == ["}"])
        if depth == 0 and words == ["}"]:
            snippet = header[0].startswith("(") if header else True
            found.append(Block("".join(begun), () if snippet else zones(header), tuple(plugins)))
            begun, header, plugins = [], [], []
    if begun:
        found.append("".join(begun))
    return found


def blocks(text: str) -> list[Block]:
    """The server blocks and snippets of a text."""
    return [piece for piece in parse(text) if isinstance(piece, Block)]


def file_block(zone: str, port: int, path: str) -> str:
    """A server block that answers a zone from its zone file, which is looked at every ten seconds."""
    return f"{_at(zone, port)} {{\n    errors\n    file {path} {{\n        reload 10s\n    }}\n}}\n"


def forward_chunks(text: str) -> list[Chunk]:
    """A text with the record sets of its server blocks that do nothing but forward one zone."""
    return [
        Chunk(piece.text, records=tuple(record(piece.zones[0], "FWD", value) for value in _upstreams(piece)))
        if isinstance(piece, Block)
        else Chunk(piece, mark=mark(piece))
        for piece in parse(text)
    ]


def spell_forward(found: RecordSet, port: int) -> list[str]:
    """The lines of a server block that forwards a zone."""
    upstreams = " ".join(found.values)
    return [f"{_at(found.name, port)} {{", "    errors", f"    forward . {upstreams}", "    cache 30", "}"]


def zones(words: t.Iterable[str]) -> tuple[str, ...]:
    """C(dns://home.arpa.:53, 192.0.2.0/24) as canonical zones; the root is empty."""
    keys = [key for word in words for key in word.split(",") if key]
    names = [re.sub(r":\d+$", "", key.rpartition("://")[2]).lower().rstrip(".") for key in keys]
    return tuple(zone for name in names for zone in _of_block(name))


def _of_block(name: str) -> t.Iterator[str]:
    """The reverse zones of a block of addresses, cut where labels end as CoreDNS does; any other name as it is."""
    try:
        block = ipaddress.ip_network(name if _CIDR.fullmatch(name) else "", strict=False)
    except ValueError:
        yield name
        return
    bits = 8 if block.version == 4 else 4
    labels = -(-block.prefixlen // bits)
    for part in block.subnets(new_prefix=labels * bits):
        yield part.network_address.reverse_pointer.split(".", block.max_prefixlen // bits - labels)[-1]


def _upstreams(block: Block) -> list[str]:
    forwards = block.all("forward")
    if len(block.zones) != 1 or len(forwards) != 1 or forwards[0][:1] != (".",) or not block.names <= _FORWARDING:
        return []
    found = [(_FORWARD_FROM.fullmatch(word), word) for word in forwards[0][1:]]
    return [match.group(1) if match else word for match, word in found]


def _at(zone: str, port: int) -> str:
    return zone if port == 53 else f"{zone}:{port}"


def _words(line: str) -> list[str]:
    found = []
    for word in re.findall(r'"(?:[^"\\]|\\.)*"|\S+', line):
        if word.startswith("#"):
            break
        found.append(word.strip('"'))
    return found
