# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real PowerDNS Authoritative Server on free ports of the loopback: by its API, and by dynamic updates."""

from __future__ import annotations

import re
import sqlite3
import typing as t
from contextlib import closing
from pathlib import Path

import dns.zone
import requests

from tests.lab import unpacked

from .server import Daemon, answers, free_port
from .updated import ALGORITHM, CHILD, KEY, SECRET, ZONES, Updated, zone_text

TOKEN = "a made-up key of the API"
_WRONG = "another key of the API"
# Every answer comes from the database at once.
_NO_CACHES = ("cache-ttl", "negquery-cache-ttl", "query-cache-ttl", "zone-cache-refresh-interval")
_REQUEST = re.compile(r'"(\S+) (/api/\S*) HTTP/')


class PowerDns(Updated):
    """A PowerDNS whose zones the API, and a key for transfers and updates, may write."""

    name = "powerdns"
    secrets = (TOKEN, _WRONG, SECRET)
    wrong: t.ClassVar = {"token": _WRONG}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        unpacked.ensure()
        self._web = free_port()
        self.url = f"http://127.0.0.1:{self._web}"
        self.options = {"backend": "powerdns", "url": self.url, "token": TOKEN}
        self._api = requests.Session()
        self._api.headers["X-API-Key"] = TOKEN
        self._database()
        settings = {
            **dict.fromkeys(_NO_CACHES, "0"),
            "launch": "gsqlite3",
            "gsqlite3-database": folder / "pdns.sqlite3",
            "gsqlite3-pragma-synchronous": 0,
            "module-dir": unpacked.modules("pdns"),
            "socket-dir": folder,
            "local-address": "127.0.0.1",
            "local-port": self.port,
            "webserver": "yes",
            "webserver-address": "127.0.0.1",
            "webserver-port": self._web,
            "webserver-loglevel": "normal",
            "api": "yes",
            "api-key": TOKEN,
            "dnsupdate": "yes",
            "allow-dnsupdate-from": "127.0.0.0/8",
            "disable-syslog": "yes",
            "loglevel": 6,
            "receiver-threads": 1,
            "distributor-threads": 1,
            "retrieval-threads": 1,
        }
        text = "".join(f"{name}={value}\n" for name, value in settings.items())
        (folder / "pdns.conf").write_text(text, encoding="utf-8")
        argv = [unpacked.program("pdns_server"), f"--config-dir={folder}", "--guardian=no", "--daemon=no"]
        self._daemon = Daemon(argv, folder / "log", unpacked.environment())

    def start(self) -> None:
        self._daemon.start(lambda: self._serves() and all(answers(self.port, zone) for zone in (*ZONES, CHILD)))

    def stop(self) -> None:
        self._daemon.stop()

    def reset(self) -> None:
        """By the API: an update leaves the comments of what it deletes."""
        known = {f"{zone}." for zone in (*ZONES, CHILD)}
        for zone in self.call("GET", "zones"):
            if zone["name"] not in known:
                self.call("DELETE", f"zones/{zone['id']}")
        for zone in (*ZONES, CHILD):
            held = self.call("GET", f"zones/{zone}.")["rrsets"]
            gone = [{"name": item["name"], "type": item["type"], "changetype": "DELETE"} for item in held]
            self.call("PATCH", f"zones/{zone}.", {"rrsets": [item for item in gone if item["type"] != "SOA"]})
        super().reset()

    def writes(self) -> int:
        """The requests to the API that can write, and the update messages, refused ones included."""
        updates = {item["name"]: item.get("value") for item in self.call("GET", "statistics")}["dnsupdate-queries"]
        return int(updates) + len([method for method, _path in self.requests() if method != "GET"])

    def requests(self) -> list[tuple[str, str]]:
        """Method and path of each request that the API got."""
        return _REQUEST.findall(self._daemon.log.read_text(encoding="utf-8", errors="replace"))

    def call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """What its API answers; for the changes that others make, and to look."""
        answer = self._api.request(method, f"{self.url}/api/v1/servers/localhost/{path}", json=body, timeout=60)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def _serves(self) -> bool:
        try:
            return self._api.get(f"{self.url}/api/v1/servers/localhost", timeout=1).ok
        except (requests.ConnectionError, requests.Timeout):
            return False

    def _database(self) -> None:
        schema = unpacked.folder() / "usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql"
        connection = sqlite3.connect(self.folder / "pdns.sqlite3")
        with closing(connection), connection:
            connection.executescript(schema.read_text(encoding="utf-8"))
            connection.execute(
                "INSERT INTO tsigkeys (name, algorithm, secret) VALUES (?, ?, ?)", (KEY, ALGORITHM, SECRET)
            )
            for number, zone in enumerate((*ZONES, CHILD), 1):
                connection.execute("INSERT INTO domains (id, name, type) VALUES (?, ?, 'NATIVE')", (number, zone))
                rights = {"TSIG-ALLOW-AXFR": KEY, "TSIG-ALLOW-DNSUPDATE": KEY}
                rights |= {"SOA-EDIT-API": "DEFAULT", "SOA-EDIT-DNSUPDATE": "INCREASE"}
                connection.executemany(
                    "INSERT INTO domainmetadata (domain_id, kind, content) VALUES (?, ?, ?)",
                    [(number, kind, content) for kind, content in rights.items()],
                )
                held = dns.zone.from_text(zone_text(zone), zone, relativize=False)
                connection.executemany(
                    "INSERT INTO records (domain_id, name, type, content, ttl, auth) VALUES (?, ?, ?, ?, ?, 1)",
                    [
                        (number, str(name).rstrip("."), rdata.rdtype.name, _content(rdata.to_text()), ttl)
                        for name, ttl, rdata in held.iterate_rdatas()
                    ],
                )


class PowerDnsUpdated(PowerDns):
    """The same server, written with dynamic updates."""

    name = "rfc2136-powerdns"
    wrong = Updated.wrong
    secrets = (*Updated.secrets, TOKEN)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.options = self.key_options()


def _content(text: str) -> str:
    """The database holds names without a dot at their end."""
    return " ".join(word.rstrip(".") for word in text.split(" "))
