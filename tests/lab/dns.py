# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DNS servers of a lab, AdGuard Home and the public stand-in, and what they were asked."""

from __future__ import annotations

import json
import re
import secrets
import string
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import cache, net, rest, topology
from .errors import LabError
from .files import private
from .process import Program
from .topology import PORTS

ADGUARD = "adguard"
ADGUARD_PROGRAM = "adguardhome"
PUBLIC = "public-dns"
URL = f"http://{topology.ADGUARD}"
USERNAME = "lab"
_ADGUARD_SCHEMA = 34
_BCRYPT_ALPHABET = "./" + string.ascii_letters + string.digits
_DNSMASQ_QUERY = re.compile(r"dnsmasq\[\d+\]: \d+ \S+ query\[(?P<type>\S+)\] (?P<name>\S+) from (?P<client>\S+)")


@dataclass(frozen=True)
class Query:
    """A question that a server got: name in lower case without the last dot, record type, address of who asked."""

    name: str
    type: str
    client: str


class AdGuard:
    """AdGuard Home with one user, the public server as its upstream, and a log of all queries."""

    def __init__(self, lab: str, folder: Path, password: str):
        self._folder = folder
        self.password = password
        self._namespace = topology.namespace(lab, "dns1")

    def create(self) -> None:
        """Write the configuration that its set-up wizard would."""
        settings = {
            "schema_version": _ADGUARD_SCHEMA,
            "http": {"address": f"{topology.ADGUARD}:{PORTS['adguard-web']}"},
            "users": [{"name": USERNAME, "password": _bcrypt(self.password)}],
            "dns": {
                "bind_hosts": [topology.ADGUARD],
                "port": PORTS["dns"],
                "upstream_dns": [topology.PUBLIC_DNS],
                "bootstrap_dns": [topology.PUBLIC_DNS],
                # Without a limit: a proof may ask for everything at once.
                "ratelimit": 0,
                "hostsfile_enabled": False,
                "use_private_ptr_resolvers": False,
            },
            "querylog": {"enabled": True, "file_enabled": True, "size_memory": 10000},
            "filters": [],
            # Names of the house that have no record are not for the public DNS (RFC 8375, section 4).
            "user_rules": ["||home.arpa^$dnsrewrite=NXDOMAIN;;"],
            "filtering": {"filtering_enabled": True, "rewrites_enabled": True, "protection_enabled": True},
            "clients": {"runtime_sources": dict.fromkeys(("whois", "arp", "rdns", "dhcp", "hosts"), False)},
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        private(self._folder / "AdGuardHome.yaml", json.dumps(settings, indent=2))  # JSON is YAML

    def program(self) -> Program:
        """The server."""
        config = ("--config", str(self._folder / "AdGuardHome.yaml"), "--work-dir", str(self._folder))
        argv = (str(cache.binary(ADGUARD_PROGRAM)), "--no-check-update", *config)
        return Program(ADGUARD, "dns1", argv, ready=lambda _pid: self._ready())

    def client(self, timeout: float = 60.0) -> rest.Client:
        """A client of its API, from its own host."""
        return rest.Client(URL, self._namespace, authorization=rest.basic(USERNAME, self.password), timeout=timeout)

    def queries(self, since: datetime) -> list[Query]:
        """What it was asked after a time, oldest first; its API has what is not on disk yet."""
        entries = self.client().get("/control/querylog?limit=100000")["data"]
        asked = [entry for entry in entries if datetime.fromisoformat(entry["time"]) > since]
        return [
            Query(entry["question"]["name"].lower(), entry["question"]["type"], entry["client"])
            for entry in reversed(asked)
        ]

    def _ready(self) -> bool:
        try:
            return bool(self.client(timeout=5.0).get("/control/status")["running"])
        except OSError:
            return False


@dataclass(frozen=True)
class LoggingDns:
    """Debian's dnsmasq on an address of a host: gives every name the same addresses, and logs what it is asked."""

    name: str
    lab: str
    host: str
    address: str
    answers: Sequence[str]
    log: Path

    def program(self) -> Program:
        """The server."""
        argv = (
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--pid-file=",
            "--user=root",
            "--no-hosts",
            "--no-resolv",
            "--no-poll",
            "--bind-interfaces",
            f"--listen-address={self.address}",
            f"--log-facility={self.log}",
            "--log-queries=extra",
            *(f"--address=/#/{address}" for address in self.answers),
        )
        return Program(self.name, self.host, argv, ready=lambda _pid: self._ready())

    def mark(self) -> int:
        """A place in its log."""
        return self.log.stat().st_size

    def queries(self, since: int) -> list[Query]:
        """What it was asked after a place in its log."""
        with self.log.open("rb") as log:
            log.seek(since)
            return parse_dnsmasq(log.read().decode(errors="replace"))

    def _ready(self) -> bool:
        try:
            net.connect(topology.namespace(self.lab, self.host), (self.address, PORTS["dns"]), timeout=1).close()
        except OSError:
            return False
        return True


def public_dns(lab: str, log: Path) -> LoggingDns:
    """The public DNS."""
    return LoggingDns(PUBLIC, lab, "internet", topology.PUBLIC_DNS, topology.PUBLIC_ANSWERS, log)


def parse_dnsmasq(text: str) -> list[Query]:
    """The queries in a log of dnsmasq."""
    return [Query(found["name"].lower(), found["type"], found["client"]) for found in _DNSMASQ_QUERY.finditer(text)]


def _bcrypt(password: str) -> str:
    """A bcrypt hash at the lowest cost; the password goes to perl's crypt() by standard input."""
    # 22 characters hold 128 bits: the last has only four values.
    salt = "".join(secrets.choice(_BCRYPT_ALPHABET) for _letter in range(21)) + secrets.choice(".Oeu")
    script = f"print crypt(<STDIN>, '$2y$04${salt}')"
    done = subprocess.run(["perl", "-e", script], input=password, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("$2y$04$"):
        raise LabError("perl's crypt() on this machine makes no bcrypt hashes; AdGuard Home's user needs one")
    return done.stdout
