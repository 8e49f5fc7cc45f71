# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab: a home network of real programs in network namespaces, brought up, used and taken down."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from . import (
    cache,
    cgroup,
    charts,
    dns,
    hosts,
    inventory,
    lifecycle,
    lockfile,
    net,
    pods,
    rest,
    standalone,
    topology,
    trees,
    versions,
)
from .cluster import Cluster
from .dhcp import Dhcp
from .dns import AdGuard, Query
from .errors import LabError
from .process import Program, Programs
from .topology import HOSTS, PORTS, Host

_REBOOT_SECONDS = 30.0


@dataclass(frozen=True)
class Mark:
    """A moment, to ask later what the DNS servers were asked since."""

    public: int
    adguard: datetime


def state_root() -> Path:
    """The folder of all labs' states; HOMELAB_LAB_STATE moves it."""
    return Path(os.environ.get("HOMELAB_LAB_STATE") or "/run/homelab-network-lab").absolute()


def names() -> list[str]:
    """Every lab of which something is left on this machine."""
    return sorted({*(path.name for path in state_root().glob("*/")), *cgroup.labs(), *net.labs()})


class Lab:
    """One lab by its name. Everything about it is on disk, so any process can use any lab."""

    def __init__(self, name: str = "lab"):
        self.name = topology.check_lab_name(name)
        self.path = state_root() / name
        self.kubeconfig = self.path / "kubeconfig"
        self.programs = Programs(name, self.path)
        self.cluster = Cluster(name, self.path / "cluster", self.kubeconfig)
        self.public_dns = dns.public_dns(name, self.programs.log(dns.PUBLIC))

    def up(self, workstations: Sequence[str] | None = None, cluster: bool = True) -> None:
        """Bring the lab up, with all workstations or those named; in one that is up, start what has ended.

        Without a cluster there are the LAN, the DNS servers, the probe and the workstations.
        """
        lifecycle.up(self, workstations, cluster, _narrator())

    def down(self) -> None:
        """End everything that belongs to the lab; one that is not up is fine."""
        lifecycle.down(self, _narrator())

    def complete(self) -> bool:
        """Whether the lab once came up whole, and the machine was not restarted since."""
        wanted = {topology.namespace(self.name, host) for host in (*self.hosts, *topology.NETWORK)}
        return inventory.facts_path(self.path).exists() and wanted <= set(net.existing(self.name))

    @property
    def has_cluster(self) -> bool:
        """Whether a cluster is part of the lab."""
        return topology.namespace(self.name, topology.CLUSTER_HOST) in net.existing(self.name)

    # Programs

    def all_programs(self) -> dict[str, Program]:
        """Every program that the lab starts itself, in order; those behind pods belong to the daemon of the pods."""
        cluster = [*self.cluster.control_plane(), *self.controllers()] if self.has_cluster else []
        single = [self.adguard.program(), self.public_dns.program()]
        held = [self.holder(host).program() for host in self.hosts.values() if host.entered]
        return {program.name: program for program in (*cluster, *single, *held)}

    def controllers(self) -> list[Program]:
        """What runs in the cluster on top of its API."""
        return [*self.cluster.controllers(), pods.program(self.name, self.path)]

    def run(self, programs: Sequence[Program]) -> None:
        """Start programs at the same time and wait until all of them serve."""
        for program in programs:
            self.programs.start(program)
        for program in programs:
            self.programs.wait(program)

    def start(self, name: str, *flags: str, timeout: float = 180.0) -> None:
        """Start a program that was stopped, or one that runs only when it is wanted, and wait until it serves.

        Those take more flags; one that runs with other flags is started again.
        """
        self._check(name)
        self.programs.release(name)
        if name in pods.BACKINGS:
            self._await_pods_daemon(name, timeout)
        elif name in standalone.NAMES:
            program = standalone.program(name, self.cluster, self.path / name, self.programs.log(name), flags)
            if not self.programs.runs(program):
                self.programs.stop(name)
                self.run([program])
        else:
            self.run([self.all_programs()[name]])

    def stop(self, name: str) -> None:
        """Stop a program and keep it down until `start` or `up`."""
        self._check(name)
        self.programs.stop(name, hold=True)
        host = self.hosts.get(name)
        if host and host.entered:
            self.holder(host).leader.clear()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a program, for example SIGSTOP."""
        self._check(name)
        self.programs.signal(name, number)

    def status(self) -> list[tuple[str, str, str]]:
        """Name, state and process id of every program; nothing when the lab is not up."""
        known = self._known() if self.complete() else []
        return [(name, self.programs.state(name), str(self.programs.pid(name) or "")) for name in known]

    def versions(self) -> dict[str, str]:
        """The version of each running program, as it says itself."""
        self._check()
        found = {
            **(self._versions_of_cluster() if self.has_cluster else {}),
            "adguard": self.adguard.client().get("/control/status")["version"],
            "helm": versions.of_command([str(cache.binary("helm")), "version", "--short"]),
        }
        for name in (*(("kube-proxy", "kwok") if self.has_cluster else ()), dns.PUBLIC):
            found[name] = versions.of_program(self.programs.pid(name))
        if self.has_cluster:
            found |= self._versions_behind_pods()
        for host in self.hosts.values():
            if host.suite:
                found[host.name] = versions.of_command(self.command(host.name, ["systemctl", "--version"]))
        return found

    def _versions_behind_pods(self) -> dict[str, str]:
        modules = lockfile.load().items
        binaries = {name: backing.binary for name, backing in pods.BACKINGS.items()} | {n: n for n in standalone.NAMES}
        return {
            name: versions.of_module(self.programs.pid(name), modules[binary].module.path)
            for name, binary in binaries.items()
        }

    def _versions_of_cluster(self) -> dict[str, str]:
        etcd = rest.Client(f"http://127.0.0.1:{PORTS['etcd']}", topology.namespace(self.name, topology.CLUSTER_HOST))
        return {
            "kubernetes": self.cluster.client().get("/version")["gitVersion"],
            "etcd": etcd.get("/version")["etcdserver"],
        }

    def _check(self, program: str = "") -> None:
        """LabError when the lab is not up, or has no such program."""
        if not self.complete():
            raise LabError(f"lab {self.name} is not up: python3 -m tests.lab up --name {self.name}")
        if program and program not in self._known():
            raise LabError(f"the lab has no program {program!r}; it has: {', '.join(self._known())}")

    def _known(self) -> list[str]:
        """Every program by name, in order, started or not."""
        return [*self.all_programs(), *((*pods.BACKINGS, *standalone.NAMES) if self.has_cluster else ())]

    def _await_pods_daemon(self, name: str, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not self.programs.pid(name):
            if time.monotonic() > deadline:
                raise LabError(
                    f"{name} has no pod to run behind, {timeout:.0f} s long; {self.programs.tail(pods.NAME)}"
                )
            time.sleep(0.1)

    # Hosts

    @property
    def hosts(self) -> dict[str, Host]:
        """The hosts of the LAN; those of the topology as long as the lab is not up."""
        return inventory.read_hosts(self.path) if inventory.facts_path(self.path).exists() else HOSTS

    def holder(self, host: Host) -> hosts.Workstation | hosts.PlainHost:
        """What keeps a host open, so that it can be entered."""
        folder = self.path / "hosts" / host.name
        if host.suite:
            return hosts.Workstation(self.name, host, folder, trees.tree(host.suite))
        return hosts.PlainHost(host, folder)

    def add_host(self, name: str, addresses: Sequence[str]) -> None:
        """Plug another plain host into the LAN; with an address that is taken, two hosts answer ARP for it."""
        self._add([Host(name, tuple(addresses), held=True)])

    def add_workstations(self, added: Sequence[Host]) -> None:
        """Plug more workstations into the LAN, all at once."""
        self._add(added)

    def _add(self, added: Sequence[Host]) -> None:
        self._check()
        taken = set(net.existing(self.name))
        for host in added:
            if topology.namespace(self.name, topology.check_host_name(host.name)) in taken:
                raise LabError(f"lab {self.name} has a host {host.name} already")
        hosts.await_room(sum(bool(host.suite) for host in added))
        try:
            for host in added:
                net.add_host(self.name, host)
                self.holder(host).create()
            self.run([self.holder(host).program() for host in added])
        except BaseException:
            for host in added:
                self._forget_host(host.name)
            raise
        self.write_facts([*self.hosts.values(), *added])

    def move(self, host: str, network: str) -> None:
        """Plug a workstation's link into another network, "lan" or "away"; what manages the link sees a lost carrier.

        One whose uplink asks for DHCP gets another address there, others keep theirs and reach nobody.
        """
        self._workstation(host)
        net.move(self.name, host, network)

    def reboot(self, host: str) -> None:
        """Let a workstation boot again with the files that it has, and wait until it serves."""
        holder = self.holder(self._workstation(host))
        before = Path(f"/proc/{holder.leader.read()}")
        self.exec(host, ["systemctl", "reboot"], check=False)
        deadline = time.monotonic() + _REBOOT_SECONDS
        while before.exists():
            if time.monotonic() > deadline:
                raise LabError(f"{host} does not shut down, {_REBOOT_SECONDS:.0f} s long; {self.programs.tail(host)}")
            time.sleep(0.05)
        self.programs.wait(holder.program())

    def _workstation(self, name: str) -> Host:
        self._check()
        known = {host.name: host for host in self.hosts.values() if host.suite}
        if name not in known:
            raise LabError(f"lab {self.name} has no workstation {name!r}; it has: {', '.join(known) or 'none'}")
        return known[name]

    def remove_host(self, name: str) -> None:
        """Unplug a host that was added."""
        self._check()
        if name in HOSTS or name not in self.hosts:
            raise LabError(f"{name} is no host that was added to lab {self.name}")
        self.write_facts([host for host in self.hosts.values() if host.name != name])
        self._forget_host(name)

    def _forget_host(self, name: str) -> None:
        """Leave nothing of a host, however much of it there is."""
        namespaces = {topology.namespace(self.name, name)} & set(net.existing(self.name))
        self.programs.forget(name, others=lambda: net.processes(namespaces))
        net.remove(namespaces)
        shutil.rmtree(self.path / "hosts" / name, ignore_errors=True)

    def command(self, host: str, argv: Sequence[str], term: str = "dumb") -> list[str]:
        """The command that runs `argv` on a host: workstations get a fresh root session, others this environment."""
        self._check()
        known = self.hosts.get(host)
        if known and known.entered:
            if not self.programs.pid(host):
                raise LabError(f"{host} does not run: python3 -m tests.lab start --name {self.name} {host}")
            leader = self.holder(known).leader.read()
            return hosts.enter(leader, argv, term) if known.suite else hosts.join(leader, argv)
        if known or host in topology.NETWORK:
            # What helm learns of an API at this address is not true in another lab.
            learned = f"KUBECACHEDIR={self.path / 'learned'}"
            return net.command(topology.namespace(self.name, host), ["env", learned, *argv])
        raise LabError(f"lab {self.name} has no host {host!r}; it has: {', '.join([*self.hosts, *topology.NETWORK])}")

    def exec(
        self,
        host: str,
        argv: Sequence[str],
        check: bool = True,
        input: str | None = None,
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a host to its end; its output is captured, and unless `check` is off it must succeed."""
        command = self.command(host, argv)
        done = subprocess.run(command, input=input, timeout=timeout, capture_output=True, text=True, check=False)
        if check and done.returncode:
            output = (done.stderr.strip() or done.stdout.strip())[-2000:]
            raise LabError(f"{' '.join(argv)} on {host} ended with {done.returncode}: {output}")
        return done

    def popen(self, host: str, argv: Sequence[str], **options) -> subprocess.Popen:
        """Start a command on a host; the caller ends it."""
        return subprocess.Popen(self.command(host, argv), **options)

    def kubectl(self, *arguments: str, check: bool = True, input: str | None = None) -> str:
        """What kubectl prints, run on the controller as administrator."""
        return self.exec("controller", [*self.cluster.kubectl(), *arguments], check=check, input=input).stdout

    def helm(self, *arguments: str) -> str:
        """What helm prints, run on the controller as administrator."""
        helm = [str(cache.binary("helm")), f"--kubeconfig={self.kubeconfig}"]
        return self.exec("controller", [*helm, *arguments]).stdout

    def install_metallb(self, *values: str) -> None:
        """Install MetalLB for L2 by its chart, and wait until it serves; more `values` as helm's --set takes them."""
        self._check()
        charts.install_metallb(self, *values)

    def install_cilium(self, *values: str) -> None:
        """Install Cilium with LB-IPAM and L2 announcements by its chart, and wait until it serves."""
        self._check()
        charts.install_cilium(self, *values)

    # DNS

    @property
    def adguard(self) -> AdGuard:
        """AdGuard Home."""
        return AdGuard(self.name, self.path / "adguard", (self.path / "adguard-password").read_text(encoding="utf-8"))

    def mark(self) -> Mark:
        """Now."""
        return Mark(self.public_dns.mark(), datetime.now(UTC))

    def queries(self, server: str, since: Mark) -> list[Query]:
        """What the server "public" or "adguard" was asked since a mark."""
        servers = {
            "public": lambda: self.public_dns.queries(since.public),
            "adguard": lambda: self.adguard.queries(since.adguard),
        }
        return servers[server]()

    # DHCP

    def serve_dhcp(
        self, first: str, last: str, host: str = "router", ping: bool = False, options: Sequence[str] = ()
    ) -> contextlib.AbstractContextManager[Dhcp]:
        """A DHCP server for the LAN on one of its hosts, which leases the addresses from the first to the last.

        With `ping` it does as dnsmasq does by default: it pings an address for 3 seconds before it offers it. More
        `options` are those of dnsmasq's command line.
        """
        route = f"--dhcp-option=option:router,{topology.ROUTER}"
        flags = [f"--dhcp-range={first},{last},1h", route, *([] if ping else ["--no-ping"]), *options]
        return self._serving(Dhcp(host, "eth0", self.path / "dhcp" / host, flags))

    def serve_dhcp_away(self, options: Sequence[str] = ()) -> contextlib.AbstractContextManager[Dhcp]:
        """The DHCP server of the other house."""
        # As the only one in the house it refuses a lease of another house at once, in the place of saying nothing.
        flags = [f"--dhcp-range={','.join(topology.AWAY_RANGE)},1h", "--no-ping", "--dhcp-authoritative", *options]
        return self._serving(Dhcp("router", "away", self.path / "dhcp" / "away", flags))

    @contextlib.contextmanager
    def _serving(self, server: Dhcp) -> Iterator[Dhcp]:
        self._check()
        server.create()
        try:
            self.run([server.program()])
            yield server
        finally:
            self.programs.forget(server.name, others=tuple)
            server.remove()

    def write_facts(self, present: list[Host]) -> None:
        """Write what others may know about the lab."""
        inventory.write(self.name, self.path, present, self.adguard.password)


def _narrator() -> lifecycle.Say:
    """Prints what is being done, with the seconds since the first time."""
    begin = time.monotonic()
    return lambda text: print(f"[{time.monotonic() - begin:6.1f} s] {text}", flush=True)
