# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can bring the addresses of many names to a DNS server: one task, a task for each name, octoDNS.

All get the same names and take nothing for granted: each run reads what is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import typing as t
from pathlib import Path

from tests.integration.dns.updated import ALGORITHM, KEY, SECRET

# From PyPI, into an environment of their own: no part of the tools of the developers.
OCTODNS = ("octodns==1.22.0", "octodns-bind==1.1.0", "octodns-powerdns==1.2.0")
_ENVIRONMENT = Path(".cache") / "-".join(OCTODNS).replace("==", "-")

_MODULE = "ansible_collections.homelab.network.plugins.modules.dns_record"

Addresses = t.Mapping[str, str]
Task = dict[str, t.Any]


class Failed(SystemExit):
    """A tool did not do what it was to; with what it printed."""


def timed(argv: t.Sequence[str | Path], cwd: Path | None = None) -> tuple[float, str]:
    """The seconds that a command takes, and what it printed."""
    quiet = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
    began = time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=cwd, env={**os.environ, **quiet})
    seconds = time.monotonic() - began
    if done.returncode:
        raise Failed(f"{argv}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return seconds, done.stdout + done.stderr


def play(folder: Path, name: str, task: Task) -> tuple[float, str]:
    """The seconds that ansible-playbook takes for one task on the local host, and what it printed."""
    playbook = folder / f"{name}.yml"
    plays = [
        {
            "name": name,
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": False,
            "tasks": [{"name": name, **task}],
        }
    ]
    playbook.write_text(json.dumps(plays), encoding="utf-8")  # JSON is YAML
    return timed(["ansible-playbook", playbook])


def ping(folder: Path) -> float:
    """The seconds of a play that does nothing."""
    return play(folder, "ping", {"ansible.builtin.ping": {}})[0]


def _expect(changed: bool, output: str) -> None:
    if ("changed=0" in output) == changed:
        raise Failed(f"The run should {'' if changed else 'not '}have changed something:\n{output[-3000:]}")


class OneTask:
    """All names in one task of dns_record; what is owned and no longer listed is removed.

    In a play, or the module by itself, to be compared with tools that need no Ansible.
    """

    NAME: t.ClassVar = "dns_record in a play"

    def __init__(self, options: Task, in_play: bool) -> None:
        self.name = self.NAME if in_play else "dns_record"
        self._in_play = in_play
        self._options = options

    def run(self, folder: Path, wanted: Addresses, changes: bool) -> float:
        """The seconds until the server has exactly these."""
        records = [{"name": name, "type": "A", "value": value} for name, value in wanted.items()]
        rules = {"state": "exact", "zone": "home.arpa", "max_deletes": 10_000}
        options = {**self._options, **rules, "records": records}
        if self._in_play:
            seconds, output = play(folder, "one", {"homelab.network.dns_record": options})
            _expect(changes, output)
            return seconds
        arguments = folder / "arguments.json"
        arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": options}), encoding="utf-8")
        seconds, output = timed([sys.executable, "-m", _MODULE, arguments])
        if f'"changed": {json.dumps(changes)}' not in output:
            raise Failed(f"The module should {'' if changes else 'not '}have changed something:\n{output[-3000:]}")
        return seconds


def one_task(options: Task) -> list[OneTask]:
    """The module dns_record."""
    return [OneTask(options, in_play) for in_play in (True, False)]


class Octodns:
    """octoDNS with the zone in a YAML file; `target` is the configuration of its provider.

    By itself, or as a task of a play, as it is needed where a play sets up more than names.
    """

    def __init__(self, target: Task, in_play: bool) -> None:
        self.name = "octoDNS in a play" if in_play else "octoDNS"
        self._target = target
        self._in_play = in_play
        if not _ENVIRONMENT.exists():
            _install()

    def run(self, folder: Path, wanted: Addresses, changes: bool) -> float:
        """The seconds until the zone has exactly these, and what it needs itself."""
        home = folder / "octodns"
        (home / "zones").mkdir(parents=True, exist_ok=True)
        (home / "zones" / "home.arpa.yaml").write_text(json.dumps(_zone(wanted)), encoding="utf-8")
        source = {"class": "octodns.provider.yaml.YamlProvider", "directory": "./zones", "enforce_order": False}
        config = {
            "providers": {"zones": source, "server": self._target},
            "zones": {"home.arpa.": {"sources": ["zones"], "targets": ["server"]}},
        }
        (home / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        # Forced: it would not remove more than 30 % of a zone.
        argv = [str((_ENVIRONMENT / "bin" / "python").absolute()), "-m", "octodns.cmds.sync"]
        argv += ["--config-file=config.yaml", "--doit", "--force"]
        if self._in_play:
            return play(folder, "octodns", {"ansible.builtin.command": {"argv": argv, "chdir": str(home)}})[0]
        seconds, output = timed(argv, home)
        if ("No changes were planned" in output) == changes:
            raise Failed(f"octoDNS should {'' if changes else 'not '}have changed something:\n{output[-3000:]}")
        return seconds


def _zone(wanted: Addresses) -> Task:
    """The names in octoDNS's spelling, with what the zones of the tests hold themselves."""
    server = {"type": "NS", "ttl": 300, "values": ["ns1.home.arpa."]}
    zone: Task = {"": server, "lab": server, "ns1": {"type": "A", "ttl": 300, "value": "192.0.2.53"}}
    names = {name.removesuffix(".home.arpa"): value for name, value in wanted.items()}
    return zone | {name: {"type": "A", "ttl": 300, "value": value} for name, value in names.items()}


def octodns_bind(port: int) -> list[Octodns]:
    """octoDNS with dynamic updates."""
    key = {"key_name": KEY, "key_secret": SECRET, "key_algorithm": ALGORITHM}
    target = {"class": "octodns_bind.Rfc2136Provider", "host": "127.0.0.1", "port": port, **key}
    return [Octodns(target, in_play) for in_play in (False, True)]


def octodns_powerdns(port: int, token: str) -> list[Octodns]:
    """octoDNS with the API of PowerDNS."""
    target = {"class": "octodns_powerdns.PowerDnsProvider", "host": "127.0.0.1", "port": port, "api_key": token}
    return [Octodns(target, in_play) for in_play in (False, True)]


def _install() -> None:
    making = _ENVIRONMENT.with_name("octodns.new")
    timed([sys.executable, "-m", "venv", "--clear", making])
    timed([making / "bin" / "python", "-m", "pip", "install", "--quiet", *OCTODNS])
    making.rename(_ENVIRONMENT)


class EachItsTask:
    """One task that is repeated for each name, as `loop` does; what is not listed stays.

    :param task: gives the task for the loop, present or absent.
    """

    def __init__(self, name: str, task: t.Callable[[bool], Task]) -> None:
        self.name = name
        self._task = task

    def run(self, folder: Path, wanted: Addresses, changes: bool, present: bool = True) -> float:
        """The seconds until the server has these, or none of them."""
        items = [{"name": name, "value": value} for name, value in wanted.items()]
        looped = {**self._task(present), "loop": items, "loop_control": {"label": "{{ item.name }}"}}
        seconds, output = play(folder, "each", looped)
        _expect(changes, output)
        return seconds


def nsupdate(port: int) -> EachItsTask:
    """community.general.nsupdate."""

    def task(present: bool) -> Task:
        key = {"key_name": KEY, "key_secret": SECRET, "key_algorithm": ALGORITHM}
        server = {"server": "127.0.0.1", "port": port, "zone": "home.arpa", "protocol": "tcp", **key}
        record = {"record": "{{ item.name }}.", "type": "A", "ttl": 300, "value": "{{ item.value }}"}
        return {"community.general.nsupdate": {**server, **record, "state": "present" if present else "absent"}}

    return EachItsTask("nsupdate", task)


def adguardhome_rewrite(url: str, username: str, password: str) -> EachItsTask:
    """community.dns.adguardhome_rewrite."""

    def task(present: bool) -> Task:
        server = {"host": url, "username": username, "password": password}
        rewrite = {"domain": "{{ item.name }}", "answer": "{{ item.value }}"}
        return {"community.dns.adguardhome_rewrite": {**server, **rewrite, "state": "present" if present else "absent"}}

    return EachItsTask("adguardhome_rewrite", task)
