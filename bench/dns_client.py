# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What split DNS costs on workstations: the role dns_client against a play of four tasks by hand.

The four are a directory, a template, a handler that reloads, and a query. Both are run on the same hosts: for the first
time, again, and with another server; they take turns, so that a busy machine is busy for both. Round trips are the
commands that Ansible's connection runs on a host, counted in runs of their own.

Run as root from the root of the collection: python3 -m bench.dns_client [--hosts 6] [--repeat 5]
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from collections import defaultdict
from pathlib import Path

from tests.lab import scenarios
from tests.lab.lab import Lab
from tests.lab.topology import Host

RUNS = ("first", "unchanged", "changed")
ZONES = ["home.arpa", "168.192.in-addr.arpa"]
UPLINKS = ("networkd", "networkmanager", "static")
BY_HAND, ROLE, PROVED = "four tasks by hand", "role dns_client", "role dns_client with its leak proof"
_FOLDER = "/etc/systemd/dns-delegate.d"
_MODULE = re.compile(r"^<(\S+)> EXEC .*python3 \S*AnsiballZ_\w+\.py", re.MULTILINE)
_COMMAND = re.compile(r"^<(\S+)> EXEC ", re.MULTILINE)

Play = dict[str, t.Any]


def role(prove: bool) -> Play:
    """The play with the role: it reads back what it wrote, looks a name up, and may prove that no name leaks."""
    variables = {
        "dns_client_delegate": {"name": "home", "servers": "{{ servers }}", "domains": ZONES},
        "dns_client_verify": [scenarios.NAME],
        "dns_client_prove": prove,
        "homelab_network": {},
    }
    return {"roles": [{"role": "homelab.network.dns_client", "vars": variables}]}


def by_hand(folder: Path) -> Play:
    """The play that people write."""
    template = folder / "home.dns-delegate.j2"
    domains = "\n".join(f"Domains=~{zone}" for zone in ZONES)
    template.write_text(f"[Delegate]\n{{% for server in servers %}}\nDNS={{{{ server }}}}\n{{% endfor %}}\n{domains}\n")
    write = {"src": str(template), "dest": f"{_FOLDER}/home.dns-delegate", "mode": "0644"}
    reload = {"name": "systemd-resolved", "state": "reloaded"}
    query = {"argv": ["resolvectl", "query", scenarios.NAME]}
    return {
        "tasks": [
            {"ansible.builtin.file": {"path": _FOLDER, "state": "directory", "mode": "0755"}},
            {"ansible.builtin.template": write, "notify": "Reload"},
            {"ansible.builtin.meta": "flush_handlers"},
            {"ansible.builtin.command": query, "changed_when": False},
        ],
        "handlers": [{"name": "Reload", "ansible.builtin.systemd_service": reload}],
    }


class Bench:
    """Workstations of a lab, and plays on them."""

    def __init__(self, lab: Lab, folder: Path, count: int) -> None:
        self.lab = lab
        self._hosts = [
            Host(f"bench{number}", (f"192.168.50.{100 + number}",), "forky", uplink=UPLINKS[number % len(UPLINKS)])
            for number in range(count)
        ]
        self._plays = {BY_HAND: by_hand(folder), ROLE: role(False), PROVED: role(True)}
        self._folder = folder

    def up(self) -> None:
        """Bring the workstations up."""
        self.lab.up([], cluster=False)
        scenarios.serve(self.lab)
        self.lab.add_workstations(self._hosts)

    def clear(self) -> None:
        """Let no workstation have a delegate."""
        for host in self._hosts:
            self.lab.exec(host.name, ["sh", "-ec", f"rm -rf {_FOLDER}; systemctl reload systemd-resolved"])

    def play(self, way: str, run: str, *options: str) -> tuple[float, str]:
        """The seconds that one of the runs takes, and what it printed."""
        servers = list(scenarios.ANSWERS)
        variables = {"servers": servers if run == "changed" else servers[:1]}
        playbook = self._folder / "play.yml"
        play = {"hosts": "bench*", "gather_facts": False, "vars": variables, **self._plays[way]}
        playbook.write_text(json.dumps([play]), encoding="utf-8")  # JSON is YAML
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            f"--inventory={self.lab.path / 'inventory'}",
            f"--forks={len(self._hosts)}",
            *options,
            str(playbook),
        ]
        began = time.monotonic()
        done = subprocess.run(self.lab.command("controller", command), capture_output=True, text=True, check=False)
        seconds = time.monotonic() - began
        changes = re.findall(r"^bench\d+ .* changed=(\d+)", done.stdout, re.MULTILINE)
        if done.returncode or {count == "0" for count in changes} != {run == "unchanged"}:
            raise SystemExit(f"{way}, {run}:\n{done.stdout}{done.stderr}")
        return seconds, done.stdout

    def seconds(self, repeat: int) -> dict[tuple[str, str], list[float]]:
        """The seconds per host of each run."""
        found: dict[tuple[str, str], list[float]] = defaultdict(list)
        for turn in range(repeat + 1):
            for way in self._plays:
                self.clear()
                for run in RUNS:
                    seconds = self.play(way, run)[0]
                    if turn:  # the first fills caches
                        found[way, run].append(seconds / len(self._hosts))
        return found

    def trips(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Modules and commands per host of each run."""
        found = {}
        for way in self._plays:
            self.clear()
            for run in RUNS:
                output = self.play(way, run, "-vvv")[1]
                counts = (len(pattern.findall(output)) / len(self._hosts) for pattern in (_MODULE, _COMMAND))
                found[way, run] = t.cast("tuple[float, float]", tuple(counts))
        return found


def report(seconds: dict[tuple[str, str], list[float]], trips: dict[tuple[str, str], tuple[float, float]]) -> str:
    """The table in Markdown, per workstation; the ratios are those of runs beside each other, in the middle."""
    rows = [["per workstation", "modules", "commands", "seconds", "times by hand"], ["---", *["---:"] * 4]]
    for run in RUNS:
        for way in (BY_HAND, ROLE, PROVED):
            modules, commands = trips[way, run]
            pairs = zip(seconds[way, run], seconds[BY_HAND, run], strict=True)
            ratio = statistics.median(this / that for this, that in pairs)
            shown = (f"{modules:.0f}", f"{commands:.0f}", f"{statistics.median(seconds[way, run]):.2f}", f"{ratio:.2f}")
            rows.append([f"{run} run, {way}", *shown])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Bring a lab up, measure, print the table, take the lab down."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=6)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    lab = Lab("benchclient")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(lab, Path(folder), options.hosts)
        try:
            bench.up()
            trips = bench.trips()
            print(f"{options.hosts} workstations with systemd 262, {options.repeat} times\n")
            print(report(bench.seconds(options.repeat), trips))
        finally:
            lab.down()


if __name__ == "__main__":
    main()
