# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of systemd-resolved 262 for tests of what is done around it.

It reads the delegates of a directory on reload only, and drops without a word what the real one drops: files and
directories that others cannot read, and a delegate with a drop-in that others cannot read or that has a wrong domain.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._facts import Facts
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import UNPROVED, DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import DELEGATE, Scope, make_scope
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import parse_server

FACTS = Facts(
    version=262,
    installed=True,
    enabled="enabled",
    active=True,
    can_reload=True,
    resolv_conf="nameserver 127.0.0.53\n",
    resolv_conf_target="../run/systemd/resolve/stub-resolv.conf",
    nsswitch="hosts: files resolve [!UNAVAIL=return] dns\n",
    nss_resolve=True,
)


class FakeHost(Host):
    """Reads delegates from `directory`; `others` are the scopes of links.

    The next reload fails when it is `broken`; when it is `deaf` every second server is lost.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.state = FACTS
        self.others: list[Scope] = []
        self.broken = False
        self.deaf = False
        self.reloads = 0
        self._delegates: list[Scope] = []

    def facts(self) -> Facts:
        return self.state

    def be(self, **changes: object) -> None:
        """Change what `facts` says."""
        self.state = dataclasses.replace(self.state, **changes)

    def loaded(self) -> Loaded:
        assert self.state.active, "a service that does not run was asked what it has loaded"
        return Loaded((*self.others, *self._delegates), "stub")

    def reload(self, _facts: Facts) -> None:
        self.reloads += 1
        if self.broken:
            self.broken = False
            raise DelegateError(UNPROVED, "systemctl reload systemd-resolved failed: it is broken.")
        found = [self._load(path) for path in self._readable(self.directory, "*.dns-delegate")]
        self._delegates = [scope for scope in found if scope is not None]

    def _load(self, path: Path) -> Scope | None:
        folder = path.with_name(f"{path.name}.d")
        texts = [path.read_text()]
        for drop_in in self._readable(folder, "*.conf", unreadable="stays"):
            if not drop_in.stat().st_mode & 0o004:
                return None
            texts.append(drop_in.read_text())
        servers: list[str] = []
        domains: list[str] = []
        lines = [line for text in texts for line in text.splitlines()]
        for key, _equals, value in (line.partition("=") for line in lines if "=" in line and line[0] != "#"):
            for known, values in (("DNS", servers), ("Domains", domains)):
                if key == known:
                    values[:] = [*values, *value.split()] if value else []
        if any(".." in domain for domain in domains):
            return None
        pairs = [(domain.lstrip("~"), domain[0] == "~") for domain in domains]
        kept = servers[:1] if self.deaf else servers
        return make_scope(DELEGATE, path.stem, map(parse_server, kept), pairs, "DefaultRoute=yes" in lines)

    @staticmethod
    def _readable(folder: Path, pattern: str, unreadable: str = "goes") -> list[Path]:
        """The files of a folder, as far as user systemd-resolve can list it and, where they go, read them."""
        if not folder.is_dir() or folder.stat().st_mode & 0o005 != 0o005:
            return []
        return [path for path in sorted(folder.glob(pattern)) if unreadable == "stays" or path.stat().st_mode & 0o004]
