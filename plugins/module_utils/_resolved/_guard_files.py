# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Refusing what goes to a private server that does not answer: the files.

resolved sends a query to a silent server every 5 seconds, 24 times, before it gives up, and has no setting for that. At
a refusal it gives up at once. A laptop in another house meets only silence where its private servers are.
"""

from __future__ import annotations

import re
import typing as t

from ._nft_files import FLUSHER, Places, load_again, marked
from ._server import Server

# Seconds. What is sent to a server that was not heard lately begins a trial: first everything is sent on, then all is
# refused. An answer ends it, as does its time. A server counts as heard for longer than a trial lasts.
_OPEN = 4
_TRIAL = 12
_HEARD = 14


class GuardPlaces(Places):
    """What a guard has on a host."""

    kind = "guard"


def render(name: str, servers: t.Sequence[Server], nft: str) -> dict[str, str]:
    """The files by their path; `nft` is where that program is."""
    places = GuardPlaces(name)
    load = f"{nft} -f {places.rules}"
    texts = (
        _rules(places, servers),
        load_again(load),
        marked(
            "[Unit]",
            f"Description=Refuse what goes to silent servers of {name}",
            f"After={FLUSHER}",
            "[Service]",
            "Type=oneshot",
            "RemainAfterExit=yes",
            f"ExecStart={load}",
            f"ExecReload={load}",
            f"ExecStop=-{nft} delete table inet {places.table}",
            "[Install]",
            "WantedBy=multi-user.target",
        ),
    )
    return dict(zip(places.files, texts))


def _rules(places: GuardPlaces, servers: t.Sequence[Server]) -> str:
    """One transaction: what is asked meets either the old rules or the new ones."""
    table = f"inet {places.table}"
    chains = {
        # Before translations are undone, so that the answer has the server's own address.
        "heard": "{ type filter hook prerouting priority -310; }",
        "asked": "{ type filter hook output priority 10; }",
        "judge": "",
    }
    families = sorted({_ip(server) for server in servers})
    return marked(
        f"add table {table}",
        f"delete table {table}",
        f"add table {table}",
        *(f"add chain {table} {chain} {hook}".rstrip() for chain, hook in chains.items()),
        # What a server on this host itself answers comes from the loopback link, where nothing is heard.
        f"add rule {table} judge fib daddr type local accept",
        *(line for ip in families for line in _judgement(table, ip)),
        *(line for server in servers for line in _watch(table, server)),
    )


def _ip(server: Server) -> str:
    """The family of an address, as nft(8) calls it."""
    return "ip6" if ":" in server.address else "ip"


def _judgement(table: str, ip: str) -> list[str]:
    kind = "ipv6_addr" if ip == "ip6" else "ipv4_addr"
    sets = (("heard", _HEARD), ("open", _OPEN), ("trial", _TRIAL))
    options = f"type {kind}; size 64; flags dynamic,timeout; timeout"
    steps = (
        f"{ip} daddr @{ip}_heard accept",
        f"{ip} daddr @{ip}_open accept",
        f"{ip} daddr @{ip}_trial meta l4proto tcp reject with tcp reset",
        f"{ip} daddr @{ip}_trial reject",
        f"add @{ip}_trial {{ {ip} daddr }} add @{ip}_open {{ {ip} daddr }}",
    )
    return [
        *(f"add set {table} {ip}_{name} {{ {options} {seconds}s; }}" for name, seconds in sets),
        *(f"add rule {table} judge {step}" for step in steps),
    ]


def _watch(table: str, server: Server) -> list[str]:
    ip, protocols = _ip(server), "meta l4proto { tcp, udp }"
    ports, heard = f"{{ {server.port or '53, 853'} }}", f"update @{ip}_heard {{ {ip} saddr }}"
    return [
        # The reset with which the kernel refuses a connection comes from the loopback link, and is no answer.
        f'add rule {table} heard iifname != "lo" {ip} saddr {server.address} {protocols} th sport {ports} {heard}',
        f"add rule {table} asked {ip} daddr {server.address} {protocols} th dport {ports} jump judge",
    ]


# The spaces within braces differ between versions of nft(8).
_WATCHED = re.compile(r"ip6? daddr (\S+) .*dport (?:\{ ?)?(\d+).* jump judge")


def parse_rules(text: str) -> tuple[str, ...]:
    """The servers that a table watches, as ADDRESS and the first port, in our file or as nft(8) lists it."""
    return tuple(sorted(" ".join(found) for found in _WATCHED.findall(text)))
