# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of systemd-resolved 262 for tests of what is done around it.

It reads the files of a directory on reload only, and drops without a word what the real one drops: files and
directories that others cannot read.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import UNPROVED, DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host, Resolved
from ansible_collections.homelab.network.plugins.module_utils._resolved._lookup import STUB
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import DELEGATE, Scope, make_scope
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import parse_server


class FakeHost(Host):
    """Reads delegates from `directory`; `others` are the scopes of links; the next reload fails when `broken`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.state = Resolved(262, True, STUB)
        self.others: list[Scope] = []
        self.broken = False
        self.deaf = False
        self.reloads = 0
        self._delegates: list[Scope] = []

    def resolved(self) -> Resolved:
        return self.state

    def be(self, **changes: object) -> None:
        """Change what `resolved` says."""
        self.state = dataclasses.replace(self.state, **changes)

    def loaded(self) -> Loaded:
        return Loaded((*self.others, *self._delegates), "stub")

    def reload(self) -> None:
        self.reloads += 1
        if self.broken:
            self.broken = False
            raise DelegateError(UNPROVED, "systemctl reload systemd-resolved failed: it is broken.")
        readable = self.directory.is_dir() and self.directory.stat().st_mode & 0o005 == 0o005
        paths = sorted(self.directory.glob("*.dns-delegate")) if readable else []
        self._delegates = [self._load(path) for path in paths if path.stat().st_mode & 0o004]

    def _load(self, path: Path) -> Scope:
        lines = [line.partition("=") for line in path.read_text().splitlines() if "=" in line and line[0] != "#"]
        servers = [parse_server(value) for key, _equals, value in lines if key == "DNS"]
        domains = [(value.lstrip("~"), value[0] == "~") for key, _equals, value in lines if key == "Domains"]
        default = ("DefaultRoute", "=", "yes") in lines
        return make_scope(DELEGATE, path.stem, servers[:1] if self.deaf else servers, domains, default)
