# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a lab comes up and goes down, from whatever state the last command left it in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from . import cache, cgroup, dns, hosts, net, packages, pods, trees
from .errors import LabError
from .files import private
from .process import Program
from .together import together
from .topology import CLUSTER_HOST, HOSTS, WORKSTATIONS, Host

if TYPE_CHECKING:
    from .lab import Lab

Say = Callable[[str], None]
_CONVERGE_SECONDS = 180.0


def up(lab: Lab, workstations: Sequence[str] | None, cluster: bool, say: Say) -> None:
    """Bring a lab up; in one that is up already, start what has ended."""
    if os.geteuid() != 0:
        raise LabError("the lab needs root for its network namespaces: run it with sudo")
    with _locked(lab, say):
        if lab.complete():
            _mend(lab, workstations, cluster, say)
            return
        chosen = _choose(WORKSTATIONS if workstations is None else workstations)
        _prepare("core" if cluster else [dns.ADGUARD_PROGRAM], {HOSTS[name].suite for name in chosen}, say)
        if _remains(lab):
            say("clearing away what is left of a lab that is not whole")
            _clear(lab)
        absent = {host.name for host in HOSTS.values() if host.suite} - set(chosen)
        absent |= set() if cluster else {CLUSTER_HOST}
        _build(lab, [host for host in HOSTS.values() if host.name not in absent], say)
        say(f"lab {lab.name} is up; its state is in {lab.path}")


def down(lab: Lab, say: Say) -> None:
    """End everything that belongs to a lab; one that is not up is fine."""
    with _locked(lab, say):
        if _remains(lab):
            _clear(lab)
            say(f"lab {lab.name} is down")
        else:
            say(f"lab {lab.name} is down already")


def _prepare(programs: str | list[str], suites: set[str], say: Say) -> None:
    """Have everything built that the lab runs; the trees of the workstations are made while Go builds."""
    packages.ensure(progress=say)
    give_up = threading.Event()
    tasks = [lambda: cache.ensure(programs, say, give_up), lambda: trees.ensure(sorted(suites), say, give_up)]
    together(tasks, give_up)


def _build(lab: Lab, chosen: list[Host], say: Say) -> None:
    hosts.await_room(sum(bool(host.suite) for host in chosen))
    lab.path.mkdir(mode=0o700, parents=True)
    lab.programs.create()
    lab.programs.given_up.clear()
    net.create(lab.name)
    for host in chosen:
        net.add_host(lab.name, host)
    if lab.has_cluster:
        net.route_pods_here(lab.name, CLUSTER_HOST)
    say("the network is up")
    private(lab.path / "adguard-password", secrets.token_urlsafe(18))
    if lab.has_cluster:
        lab.cluster.create()
    lab.adguard.create()
    single = [lab.adguard.program(), lab.public_dns.program()]
    for host in chosen:
        if host.entered:
            lab.holder(host).create()
            single.append(lab.holder(host).program())

    def start(program: Program) -> None:
        lab.run([program])
        say(f"{program.name} serves")

    tasks = [lambda program=program: start(program) for program in single]
    if lab.has_cluster:
        tasks.insert(0, lambda: _start_cluster(lab, say))
    together(tasks, lab.programs.given_up)
    lab.write_facts(chosen)


def _start_cluster(lab: Lab, say: Say) -> None:
    lab.run(lab.cluster.control_plane())
    say("kube-apiserver serves")
    for program in lab.controllers():
        lab.programs.start(program)
    lab.cluster.populate()
    lab.run(lab.controllers())
    deadline = time.monotonic() + _CONVERGE_SECONDS
    while not lab.cluster.converged():
        if time.monotonic() > deadline:
            raise LabError(f"the cluster's pods do not get ready; {lab.programs.tail('kube-controller-manager')}")
        time.sleep(0.1)
    say("the cluster has converged")


def _mend(lab: Lab, workstations: Sequence[str] | None, cluster: bool, say: Say) -> None:
    if cluster != lab.has_cluster:
        there = "a" if lab.has_cluster else "no"
        raise LabError(f"lab {lab.name} is up and has {there} cluster: take it down first")
    here = [host.name for host in lab.hosts.values() if host.suite]
    if workstations is not None and sorted(workstations) != sorted(here):
        raise LabError(f"lab {lab.name} is up with the workstations {', '.join(here) or 'none'}: take it down first")
    for name in pods.BACKINGS if lab.has_cluster else ():
        lab.programs.release(name)
    for program in lab.all_programs().values():
        if not lab.programs.pid(program.name):
            lab.programs.release(program.name)
            lab.run([program])
            say(f"{program.name} is started again")
    say(f"lab {lab.name} is up already; its state is in {lab.path}")


def _clear(lab: Lab) -> None:
    cgroup.remove(cgroup.of(lab.name), others=lambda: net.processes(net.existing(lab.name)))
    net.remove(net.existing(lab.name))
    if lab.path.exists():
        shutil.rmtree(lab.path)


def _remains(lab: Lab) -> bool:
    return lab.path.exists() or cgroup.of(lab.name).exists() or bool(net.existing(lab.name))


def _choose(workstations: Sequence[str]) -> Sequence[str]:
    unknown = sorted(set(workstations) - set(WORKSTATIONS))
    if unknown:
        raise LabError(f"the lab has no workstation {', '.join(unknown)}; it has: {', '.join(WORKSTATIONS)}")
    return workstations


@contextlib.contextmanager
def _locked(lab: Lab, say: Say) -> Iterator[None]:
    """One `up` or `down` of a lab at a time; the file of the lock is there only as long as someone holds it."""
    path = lab.path.with_suffix(".lock")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        with path.open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"waiting: another process brings lab {lab.name} up or down")
                fcntl.flock(file, fcntl.LOCK_EX)
            if not _is_at(path, file):
                continue  # whoever held it has removed it
            try:
                yield
            finally:
                path.unlink()
            return


def _is_at(path: Path, file: IO) -> bool:
    """Whether an open file is still the one at its path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
