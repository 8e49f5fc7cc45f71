# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules on real workstations and a real LAN host, each call in the host's own Python."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import typing as t
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import ansible
import ansible_collections.homelab.network as collection
import pytest

from tests.integration.waiting import eventually
from tests.lab.lab import Lab
from tests.lab.topology import NODE, PUBLIC_DNS
from tests.lab.topology import Host as Workstation

DELEGATES = "/etc/systemd/dns-delegate.d"
LINK = "/etc/systemd/network/10-eth0.network.d/test.conf"
# Where systemd-resolved, which is no root, does not come.
CLOSED = "/var/lib/closed"
# Of the DHCP server that workstations find while they boot.
LEASES = ("192.168.50.170", "192.168.50.189")

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


@pytest.fixture(scope="package")
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of these tests' own, without workstations; with a cluster only where a test that is run asks for it."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    cluster = any("cluster" in getattr(item, "fixturenames", ()) for item in request.session.items)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOMELAB_LAB_STATE", str(tmp_path_factory.mktemp("labs")))
        lab = Lab(f"t{os.getpid()}client")
        try:
            lab.up([], cluster=cluster)
            yield lab
        finally:
            lab.down()


@pytest.fixture(scope="package")
def cluster(lab: Lab) -> Lab:
    """The lab with its cluster."""
    return lab


class Host:
    """A host of the lab, and the modules on it."""

    def __init__(self, lab: Lab, name: str, library: Path) -> None:
        self.lab = lab
        self.name = name
        self._library = library
        if lab.hosts[name].suite:
            self._library = Path("/var/tmp/library")
            shutil.copytree(library, self.file(self._library))

    @property
    def root(self) -> Path:
        """Its root, which moves when it boots again."""
        return Path(f"/proc/{(self.lab.path / 'hosts' / self.name / 'leader').read_text().strip()}/root")

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
        log = self.sh("journalctl --sync; journalctl --boot --unit=systemd-resolved --output=cat")
        return log.count("Config file reloaded.")

    def link_claims(self, *domains: str) -> None:
        """Let the link have search domains, as from DHCP."""
        self.file(LINK).parent.mkdir(parents=True, exist_ok=True)
        self.file(LINK).write_text(f"[Network]\nDomains={' '.join(domains)}\n")
        self._reconfigure(lambda: all(domain in self.sh("resolvectl domain eth0") for domain in domains))

    def reset(self) -> None:
        """Undo what tests do to a workstation."""
        self.sh(_RESET)
        if self.file(LINK).exists():
            self.file(LINK).unlink()
            self._reconfigure(lambda: self.sh("resolvectl domain eth0").split(":")[1].strip() == "")
        eventually(self._has_a_server)

    def _reconfigure(self, done: Callable[[], bool]) -> None:
        self.sh("networkctl reload && networkctl reconfigure eth0")
        eventually(lambda: done() and "routable" in self.sh("networkctl status eth0") and self._has_a_server())

    def _has_a_server(self) -> bool:
        return PUBLIC_DNS in self.sh("resolvectl dns")


# The service of an older systemd cannot be reloaded.
_RESET = f"""
cd /etc/systemd/system
for unit in homelab-network-*.service; do
  test -e "$unit" && systemctl disable --quiet --now "$unit"
done
rm -rf homelab-network-* nftables.service.d /etc/systemd/network/05-hl-* /etc/homelab-network
rm -rf /etc/systemd/resolved.conf.d/homelab-network.conf /etc/dnssec-trust-anchors.d
systemctl daemon-reload
rm -rf {CLOSED} {DELEGATES} /run/systemd/dns-delegate.d /usr/lib/systemd/dns-delegate.d
ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
systemctl reset-failed systemd-resolved
systemctl start systemd-resolved
systemctl reload-or-restart systemd-resolved
resolvectl flush-caches
"""


class Workstations:
    """Workstations by what they are, each made when it is first asked for."""

    def __init__(self, lab: Lab, library: Path) -> None:
        self.lab = lab
        self._library = library
        self._known: dict[tuple[str, str], Host] = {}
        # Those that have always had their names come first.
        self._names = {("forky", "networkd"): "ws1", ("trixie", "networkd"): "ws2"}
        self._numbers = itertools.count(3)

    def get(self, suite: str, uplink: str) -> Host:
        """The workstation of a suite of Debian and an uplink (tests/lab/uplinks.py), shared by all tests."""
        kind = (suite, uplink)
        if kind not in self._known:
            self._known[kind] = self.make(suite, uplink, self._names.get(kind))
        return self._known[kind]

    def trim(self) -> None:
        """Remove all but those that most tests use."""
        for kind in [kind for kind in self._known if kind not in self._names]:
            self.lab.remove_host(self._known.pop(kind).name)

    def make(self, suite: str, uplink: str, name: str | None = None) -> Host:
        """One more of the kind."""
        number = int(name[2:]) if name else next(self._numbers)
        host = Workstation(name or f"ws{number}", (f"192.168.50.{200 + number}",), suite=suite, uplink=uplink)
        with contextlib.ExitStack() as stack:
            if uplink.endswith("-dhcp"):
                # Only while it boots: other tests want no DHCP server on the LAN.
                stack.enter_context(self.lab.serve_dhcp(*LEASES, host="controller"))
            self.lab.add_workstations([host])
        return Host(self.lab, host.name, self._library)


@pytest.fixture(scope="package")
def workstations(lab: Lab, library: Path) -> Workstations:
    """The workstations of this run; who alters one puts it right again."""
    return Workstations(lab, library)


@pytest.fixture(scope="module", autouse=True)
def room(workstations: Workstations) -> Iterator[None]:
    """Each module begins with the common hosts at most: a machine has room for some twenty."""
    yield
    workstations.trim()


@pytest.fixture
def workstation(workstations: Workstations) -> Iterator[Callable[[str, str], Host]]:
    """`workstation(suite, uplink)`: a shared workstation that is reset after the test."""
    used: list[Host] = []

    def get(suite: str = "forky", uplink: str = "networkd") -> Host:
        used.append(workstations.get(suite, uplink))
        return used[-1]

    yield get
    for host in used:
        host.reset()


@pytest.fixture
def new_workstation(workstations: Workstations) -> Iterator[Callable[[str, str], Host]]:
    """`new_workstation(suite, uplink)`: one that no other test sees; it takes three seconds to come and go."""
    made: list[Host] = []

    def make(suite: str = "forky", uplink: str = "networkd") -> Host:
        made.append(workstations.make(suite, uplink))
        return made[-1]

    yield make
    for host in made:
        host.lab.remove_host(host.name)


@pytest.fixture
def ws(workstation: Callable[[str, str], Host]) -> Host:
    """A workstation that has delegates, without any."""
    return workstation("forky", "networkd")


@pytest.fixture
def old(workstation: Callable[[str, str], Host]) -> Host:
    """A workstation whose systemd is too old for delegates."""
    return workstation("trixie", "networkd")


@pytest.fixture
def record(lab: Lab) -> Iterator[str]:
    """A name of the private zone in AdGuard Home, which leads to the node."""
    name = f"x{uuid.uuid4().hex[:8]}.home.arpa"
    client = lab.adguard.client()
    client.request("POST", "/control/rewrite/add", {"domain": name, "answer": NODE})
    yield name
    client.request("POST", "/control/rewrite/delete", {"domain": name, "answer": NODE})


@pytest.fixture
def lan(lab: Lab, library: Path) -> Host:
    """A plain host on the LAN."""
    return Host(lab, "probe1", library)


def outcome(results: list[dict[str, t.Any]]) -> list[tuple[str, str]]:
    """Status and detail of each result."""
    return [(result["status"], result["detail"]) for result in results]
