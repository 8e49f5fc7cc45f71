# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real AdGuard Home on free ports of the loopback."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import requests

from tests.lab import cache

from .server import Daemon, Server, ask, free_port
from .watched import Watched

USERNAME = "house"
PASSWORD = "a long made-up secret"
_MANY = 20
_WRONG = "another long secret"
# bcrypt of the above at its lowest cost.
_HASH = "$2y$04$x73EjB.Rk2gPA4U93GFJsOH4uD9.b9cMMbm7gDdxmnrZvsRYAy0NK"

# Nobody answers there.
_UPSTREAM = "127.0.0.1:1"


class AdGuard(Server):
    """An AdGuard Home with one user."""

    name = "adguard_home"
    secrets = (PASSWORD, _WRONG)
    wrong: t.ClassVar = {"password": _WRONG}
    zones = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")

    def __init__(
        self, folder: Path, *, users: bool = True, first_run: bool = False, certificate: tuple[Path, Path] | None = None
    ) -> None:
        cache.ensure(["adguardhome"])
        self.config = folder / "AdGuardHome.yaml"
        self.port = free_port()
        self.dns_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tls_port = free_port()
        login = {"username": USERNAME, "password": PASSWORD} if users and not first_run else {}
        self.options = {"backend": "adguard_home", "url": self.url, **login}
        if not first_run:
            settings = self._settings(users)
            if certificate:
                settings["tls"] = self._tls(*certificate)
            self._fresh = json.dumps(settings)  # JSON is YAML
            self.config.write_text(self._fresh, encoding="utf-8")
        argv = [
            str(cache.binary("adguardhome")),
            "--no-check-update",
            *("--config", str(self.config), "--work-dir", str(folder)),
            *(("--web-addr", f"127.0.0.1:{self.port}") if first_run else ()),
        ]
        self._watched = Watched(self.config)
        self._daemon = Daemon(argv, folder / "log")
        self._api = requests.Session()
        self._api.auth = (USERNAME, PASSWORD)

    def _settings(self, users: bool) -> dict[str, t.Any]:
        return {
            "schema_version": 34,
            "http": {"address": f"127.0.0.1:{self.port}"},
            "users": [{"name": USERNAME, "password": _HASH}] if users else [],
            "dns": {
                "bind_hosts": ["127.0.0.1"],
                "port": self.dns_port,
                "upstream_dns": [_UPSTREAM],
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
        self._daemon.start(self._serves)

    def stop(self) -> None:
        self._daemon.stop()

    def _serves(self) -> bool:
        """It listens before it has its pages in place, and shows those before it answers questions."""
        try:
            answer = self._api.get(f"{self.url}/control/status", timeout=1, allow_redirects=False)
        except (requests.ConnectionError, requests.Timeout):
            return False
        return answer.is_redirect or (answer.ok and answer.json()["running"])

    def call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        """What its API answers; for the changes that others make, and to look."""
        answer = self._api.request(method, f"{self.url}/control/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else None

    def reset(self) -> None:
        """Take everything out that a test can put in: many rewrites with the whole configuration, as each is slow."""
        rewrites = self.call("GET", "rewrite/list")
        if len(rewrites) > _MANY:
            self.stop()
            self.config.write_text(self._fresh, encoding="utf-8")
            self.start()
            return
        for rewrite in rewrites:
            self.call("POST", "rewrite/delete", rewrite)
        self.rules = []
        self.call("PUT", "rewrite/settings/update", {"enabled": True})
        self.call("POST", "filtering/config", {"enabled": True, "interval": 24})
        lists = {"upstream_dns": [_UPSTREAM], "local_ptr_upstreams": [], "use_private_ptr_resolvers": False}
        self.call("POST", "dns_config", lists)

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
        """It answers an alias itself only to who asks for an address."""
        return ask(self.dns_port, name, rtype, by="A" if rtype == "CNAME" else "", forwards=True)

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        """As rewrites where it has them, as user rules otherwise."""
        if rtype in ("A", "AAAA", "CNAME"):
            for value in values:
                self.rewrite(name, value)
        else:
            self.rules = [*self.rules, *(f"|{name}^$dnsrewrite=NOERROR;{rtype};{value}" for value in values)]

    def writes(self) -> int:
        """The times that its configuration was seen to be another, which every write makes."""
        self._watched.look()
        return self._watched.changes
