# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules on real workstations and a real LAN host, each call in the host's own Python."""

from __future__ import annotations

import json
import os
import shutil
import time
import typing as t
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import ansible
import ansible_collections.homelab.network as collection
import pytest

from tests.lab.lab import Lab
from tests.lab.topology import PUBLIC_DNS

DELEGATES = "/etc/systemd/dns-delegate.d"
LINK = "/etc/systemd/network/10-eth0.network.d/test.conf"

# What Ansible does on the host: the module, with its libraries and its arguments sent along.
_MAIN = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
from ansible.module_utils.testing import patch_module_args
with patch_module_args(json.load(sys.stdin)):
    importlib.import_module("ansible_collections.homelab.network.plugins.modules." + sys.argv[2]).main()
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The modules with all that they may import on a host: nothing but Ansible's and this collection's module_utils."""
    path = tmp_path_factory.mktemp("library")
    core, own = Path(next(iter(ansible.__path__))), Path(next(iter(collection.__path__)))
    target = path / "ansible_collections/homelab/network/plugins"
    shutil.copytree(core / "module_utils", path / "ansible/module_utils")
    shutil.copy(core / "release.py", path / "ansible")
    # Empty, as in what Ansible sends.
    (path / "ansible/__init__.py").touch()
    shutil.copytree(own / "plugins/modules", target / "modules")
    shutil.copytree(own / "plugins/module_utils", target / "module_utils")
    return path


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of these tests' own."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOMELAB_LAB_STATE", str(tmp_path_factory.mktemp("labs")))
        lab = Lab(f"t{os.getpid()}client")
        try:
            lab.up()
            yield lab
        finally:
            lab.down()


class Host:
    """A host of the lab, and the modules on it."""

    def __init__(self, lab: Lab, name: str, library: Path) -> None:
        self.lab = lab
        self.name = name
        self.root = Path(f"/proc/{(lab.path / 'hosts' / name / 'leader').read_text().strip()}/root")
        self._library = library
        if lab.hosts[name].suite:
            self._library = Path("/var/tmp/library")
            shutil.copytree(library, self.file(self._library))

    def file(self, path: str | Path) -> Path:
        """A file of the host, as a path of this machine."""
        return self.root / str(path).lstrip("/")

    def sh(self, script: str, check: bool = True) -> str:
        """What a script prints on the host."""
        return self.lab.exec(self.name, ["sh", "-ec", script], check=check).stdout

    def module(
        self, name: str, /, check: bool = False, fails: bool = False, prefix: Sequence[str] = (), **options: t.Any
    ) -> dict[str, t.Any]:
        """The result of a module, run behind a prefix; the test fails unless the module ends as expected."""
        arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": True}
        command = [*prefix, "/usr/bin/python3", "-c", _MAIN, str(self._library), name]
        done = self.lab.exec(self.name, command, check=False, input=json.dumps(arguments), timeout=120)
        assert "Traceback" not in done.stdout + done.stderr, done
        result = json.loads(done.stdout)
        assert result.get("failed", False) == fails, result
        return result

    def probe(self, *checks: dict[str, t.Any], **options: t.Any) -> list[dict[str, t.Any]]:
        """The results of network_probe."""
        return self.module("network_probe", checks=list(checks), **options)["results"]

    def file_stamps(self) -> dict[str, tuple[int, int, int]]:
        """Inode and times of each delegate file and their directory."""
        folder = self.file(DELEGATES)
        paths = [folder, *folder.iterdir()] if folder.is_dir() else []
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_ctime_ns) for path in paths}

    def reloads(self) -> int:
        """How often systemd-resolved was told to read its files again."""
        return self.sh("journalctl --boot --unit=systemd-resolved --output=cat").count("Config file reloaded.")

    def link_claims(self, *domains: str) -> None:
        """Let the link have search domains, as from DHCP."""
        self.file(LINK).parent.mkdir(parents=True, exist_ok=True)
        self.file(LINK).write_text(f"[Network]\nDomains={' '.join(domains)}\n")
        self._reconfigure(lambda: all(domain in self.sh("resolvectl domain eth0") for domain in domains))

    def reset(self) -> None:
        """Undo what tests do to a workstation."""
        self.sh(f"rm -rf {DELEGATES} /run/systemd/dns-delegate.d /usr/lib/systemd/dns-delegate.d")
        self.sh("ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf")
        self.sh("systemctl reset-failed systemd-resolved; systemctl start systemd-resolved")
        self.sh("systemctl reload systemd-resolved && resolvectl flush-caches")
        if self.file(LINK).exists():
            self.file(LINK).unlink()
            self._reconfigure(lambda: self.sh("resolvectl domain eth0").split(":")[1].strip() == "")
        eventually(self._has_a_server)

    def _reconfigure(self, done: Callable[[], bool]) -> None:
        self.sh("networkctl reload && networkctl reconfigure eth0")
        eventually(lambda: done() and "routable" in self.sh("networkctl status eth0") and self._has_a_server())

    def _has_a_server(self) -> bool:
        return PUBLIC_DNS in self.sh("resolvectl dns eth0")


@pytest.fixture(scope="session")
def workstations(lab: Lab, library: Path) -> dict[str, Host]:
    """The workstations, by name."""
    return {name: Host(lab, name, library) for name, host in lab.hosts.items() if host.suite}


@pytest.fixture
def ws(workstations: dict[str, Host]) -> Iterator[Host]:
    """The workstation that has delegates, without any."""
    yield workstations["ws1"]
    workstations["ws1"].reset()


@pytest.fixture
def old(workstations: dict[str, Host]) -> Host:
    """The workstation whose systemd is too old for delegates."""
    return workstations["ws2"]


@pytest.fixture
def lan(lab: Lab, library: Path) -> Host:
    """A plain host on the LAN."""
    return Host(lab, "probe1", library)


def eventually(check: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until a check holds."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, check
        time.sleep(0.05)


def outcome(results: list[dict[str, t.Any]]) -> list[tuple[str, str]]:
    """Status and detail of each result."""
    return [(result["status"], result["detail"]) for result in results]
