# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a host of a lab: asks for fresh names in all ways in which programs do, until its standard input ends.

Its argument is a JSON object: `zones` (private ones and others alike), `pause` (seconds between two questions) and
`rounds` (how often each zone has its turn, 0 = until the end). It prints the time (CLOCK_MONOTONIC, which all hosts of
a lab share) and the name of each question before it is asked, and takes no notice of answers.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import secrets
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

Way = Callable[[str], None]

STUB = ("127.0.0.53", 53)
VARLINK = "/run/systemd/resolve/io.systemd.Resolve"
TYPES = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65}
PATIENCE = 2.0
# A reverse zone may have no other address after so many questions.
_MANY = 1000


def wire(name: str, rdtype: str) -> bytes:
    """A query (RFC 1035)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    header = struct.pack("!HHHHHH", secrets.randbelow(0x10000), 0x0100, 1, 0, 0, 0)
    return header + labels + struct.pack("!BHH", 0, TYPES[rdtype], 1)


def by_glibc(name: str) -> None:
    socket.getaddrinfo(name, None, 0, socket.SOCK_STREAM)


def by_glibc_backwards(name: str) -> None:
    socket.gethostbyaddr(address(name))


def by_stub(rdtype: str, over_tcp: bool = False) -> Way:
    def ask(name: str) -> None:
        query = wire(name, rdtype)
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM if over_tcp else socket.SOCK_DGRAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(STUB)
            sock.sendall(struct.pack("!H", len(query)) + query if over_tcp else query)
            sock.recv(4096)

    return ask


def by_varlink(method: str, parameters: Callable[[str], dict[str, object]]) -> Way:
    def ask(name: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(VARLINK)
            call = {"method": f"io.systemd.Resolve.{method}", "parameters": parameters(name)}
            sock.sendall(json.dumps(call).encode() + b"\0")
            sock.recv(4096)

    return ask


def address(name: str) -> str:
    digits = name.split(".")[:-2][::-1]
    if name.endswith("in-addr.arpa"):
        return ".".join(digits)
    return ":".join("".join(digits[at : at + 4]) for at in range(0, 32, 4))


def packed(name: str) -> dict[str, object]:
    family = socket.AF_INET if name.endswith("in-addr.arpa") else socket.AF_INET6
    return {"family": int(family), "address": list(socket.inet_pton(family, address(name)))}


def record(rdtype: str) -> Way:
    return by_varlink("ResolveRecord", lambda name: {"name": name, "class": 1, "type": TYPES[rdtype]})


# What is asked for, and how: {label} is fresh.
FORWARD = [
    ("{label}.{zone}", by_glibc),
    ("{label}.{zone}", by_stub("A")),
    ("a.b.c.{label}.{zone}", by_varlink("ResolveHostname", lambda name: {"name": name})),
    ("a.b.{label}.{zone}", by_stub("AAAA")),
    ("_ldap._tcp.{label}.{zone}", by_stub("SRV")),
    ("{label}.{zone}", record("HTTPS")),
    ("x.{label}.{zone}", by_glibc),
    ("{label}.{zone}", by_stub("TXT", over_tcp=True)),
    ("_x._udp.{label}.{zone}", record("SRV")),
    ("{label}.{zone}", by_stub("HTTPS")),
    ("{label}.{zone}", record("TXT")),
    ("{label}.{zone}", by_stub("MX")),
]
REVERSE = [
    ("{digits}.{zone}", by_glibc_backwards),
    ("{label}.{zone}", by_stub("PTR")),
    ("{digits}.{zone}", by_varlink("ResolveAddress", packed)),
    ("{label}.{zone}", by_glibc),
    ("{digits}.{zone}", by_stub("PTR")),
]
SHORT = [("{label}", by_glibc), ("{label}", by_stub("A"))]


def recipes(zone: str) -> list[tuple[str, Way]]:
    if not zone:
        return SHORT
    return REVERSE if zone.endswith(("in-addr.arpa", "ip6.arpa")) else FORWARD


def fresh(pattern: str, zone: str, asked: set[str]) -> str:
    """A name that was not asked for before; a small reverse zone has few addresses."""
    # Neither the first nor the last address of a network.
    base, labels, form = (253, 6, "d") if zone.endswith("in-addr.arpa") else (15, 34, "x")
    while True:
        digits = [format(secrets.randbelow(base) + 1, form) for _label in range(labels - 1 - zone.count("."))]
        name = pattern.format(label=f"leak-{secrets.token_hex(6)}", digits=".".join(digits), zone=zone)
        if name not in asked:
            asked.add(name)
            return name
        pattern = pattern if len(asked) < _MANY else "{label}.{zone}"


def ask(way: Way, name: str) -> None:
    with contextlib.suppress(OSError):
        way(name)


def main() -> None:
    wanted = json.loads(sys.argv[1])
    # Zone by zone in turn, each with its own next way.
    turns = itertools.cycle([(zone, itertools.cycle(recipes(zone))) for zone in [*wanted["zones"], ""]])
    threads: list[threading.Thread] = []
    asked: set[str] = set()
    rounds = wanted["rounds"] * (len(wanted["zones"]) + 1)
    for zone, ways in itertools.islice(turns, rounds or None):
        pattern, way = next(ways)
        name = fresh(pattern, zone, asked)
        print(f"{time.monotonic():.4f} {name}", flush=True)
        threads.append(threading.Thread(target=ask, args=(way, name), daemon=True))
        threads[-1].start()
        # One wait is both the pause and the look whether it is over.
        if select.select([sys.stdin], [], [], wanted["pause"])[0]:
            break
    deadline = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


main()
