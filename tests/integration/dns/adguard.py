# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real AdGuard Home on free ports of the loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import typing as t
from pathlib import Path

import dns.message
import dns.query
import dns.rdatatype
import requests

from tests.lab import cache

USERNAME = "house"
PASSWORD = "a long made-up secret"
# bcrypt of the above at its lowest cost.
_HASH = "$2y$04$x73EjB.Rk2gPA4U93GFJsOH4uD9.b9cMMbm7gDdxmnrZvsRYAy0NK"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class AdGuard:
    """A running AdGuard Home."""

    def __init__(
        self, folder: Path, *, users: bool = True, first_run: bool = False, certificate: tuple[Path, Path] | None = None
    ) -> None:
        self.config = folder / "AdGuardHome.yaml"
        self.port = free_port()
        self.dns_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tls_port = free_port()
        self._log = folder / "log"
        if not first_run:
            settings = self._settings(users)
            if certificate:
                settings["tls"] = self._tls(*certificate)
            self.config.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
        self._argv = [
            str(cache.binary("adguardhome")),
            "--no-check-update",
            *("--config", str(self.config), "--work-dir", str(folder)),
            *(("--web-addr", f"127.0.0.1:{self.port}") if first_run else ()),
        ]
        self._api = requests.Session()
        self._api.auth = (USERNAME, PASSWORD)
        self.start()

    def _settings(self, users: bool) -> dict[str, t.Any]:
        return {
            "schema_version": 34,
            "http": {"address": f"127.0.0.1:{self.port}"},
            "users": [{"name": USERNAME, "password": _HASH}] if users else [],
            "dns": {
                "bind_hosts": ["127.0.0.1"],
                "port": self.dns_port,
                "upstream_dns": ["127.0.0.1:1"],
                "bootstrap_dns": ["127.0.0.1:1"],
                "ratelimit": 0,
                "hostsfile_enabled": False,
                "use_private_ptr_resolvers": False,
            },
            "filters": [],
            "filtering": {"filtering_enabled": True, "rewrites_enabled": True, "protection_enabled": True},
        }

    def _tls(self, certificate: Path, key: Path) -> dict[str, t.Any]:
        ports = {"port_https": self.tls_port, "port_dns_over_tls": 0, "port_dns_over_quic": 0}
        return {"enabled": True, "certificate_path": str(certificate), "private_key_path": str(key), **ports}

    def start(self) -> None:
        """Start it and wait until its API answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._argv, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._api.get(f"{self.url}/control/status", timeout=1, allow_redirects=False)
            except requests.ConnectionError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        raise RuntimeError(f"AdGuard Home did not start:\n{self._log.read_text(encoding='utf-8')[-2000:]}")

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(10)

    def call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """What its API answers; for the changes that others make, and to look."""
        answer = self._api.request(method, f"{self.url}/control/{path}", json=body, timeout=5)
        answer.raise_for_status()
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else None

    def reset(self) -> None:
        """Take everything out that a test can put in."""
        for rewrite in self.call("GET", "rewrite/list"):
            self.call("POST", "rewrite/delete", rewrite)
        self.rules = []
        self.call("PUT", "rewrite/settings/update", {"enabled": True})
        self.call("POST", "filtering/config", {"enabled": True, "interval": 24})

    @property
    def rewrites(self) -> list[tuple[str, str, bool]]:
        """Domain, answer, enabled; in the server's order."""
        return [(item["domain"], item["answer"], item["enabled"]) for item in self.call("GET", "rewrite/list")]

    def rewrite(self, domain: str, answer: str, enabled: bool = True) -> None:
        """Add a rewrite by hand."""
        self.call("POST", "rewrite/add", {"domain": domain, "answer": answer, "enabled": enabled})

    @property
    def rules(self) -> list[str]:
        """The user rules."""
        return self.call("GET", "filtering/status")["user_rules"] or []

    @rules.setter
    def rules(self, lines: list[str]) -> None:
        self.call("POST", "filtering/set_rules", {"rules": lines})

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        """The values that its DNS port answers, those of a CNAME's target included, sorted."""
        question = dns.message.make_query(name, rtype)
        answer = dns.query.udp(question, "127.0.0.1", port=self.dns_port, timeout=5)
        wanted = (dns.rdatatype.from_text(rtype), dns.rdatatype.CNAME)
        found = (rdata.to_text() for rrset in answer.answer if rrset.rdtype in wanted for rdata in rrset)
        return sorted(value.rstrip(".") for value in found)
