# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long one task with many record sets takes on a real AdGuard Home, as a ratio to a play that only pings.

Run from the root of the collection: python3 -m bench.dns_record [--count 1000] [--repeat 3]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

from tests.integration.dns.adguard import PASSWORD, USERNAME, AdGuard
from tests.lab import cache


def play(folder: Path, name: str, task: dict[str, t.Any]) -> tuple[float, str]:
    """The seconds that ansible-playbook takes for one task on the local host, and what it printed."""
    playbook = folder / f"{name}.yml"
    tasks = [{"name": name, **task}]
    plays = [{"name": name, "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]
    playbook.write_text(json.dumps(plays), encoding="utf-8")  # JSON is YAML
    began = time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", str(playbook)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"},
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return seconds, done.stdout


def measure(count: int, repeat: int) -> list[tuple[str, float]]:
    """Name and median seconds of each play; the runs alternate, so that a busy machine is busy for all."""
    records = [
        {"name": f"host{n}.home.arpa", "type": "A", "value": f"192.168.{n // 250}.{n % 250 + 1}"} for n in range(count)
    ]
    cache.ensure(["adguardhome"])
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        server = AdGuard(folder)
        try:
            login = {"backend": "adguard_home", "url": server.url, "username": USERNAME, "password": PASSWORD}
            task = {"homelab.network.dns_record": {**login, "state": "exact", "records": records}}
            first, _output = play(folder, "create", task)
            runs: dict[str, list[float]] = {"ping": [], "unchanged": []}
            for _run in range(repeat):
                runs["ping"].append(play(folder, "ping", {"ansible.builtin.ping": {}})[0])
                seconds, output = play(folder, "unchanged", task)
                if "changed=0" not in output:
                    raise SystemExit(f"The run that should change nothing did:\n{output}")
                runs["unchanged"].append(seconds)
        finally:
            server.stop()
    return [(name, statistics.median(times)) for name, times in runs.items()] + [("create", first)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000, help="record sets in the task")
    parser.add_argument("--repeat", type=int, default=3, help="runs of which the median is taken")
    options = parser.parse_args()
    rows = measure(options.count, options.repeat)
    ping = rows[0][1]
    print(f"AdGuard Home {cache.versions()['adguardhome']}, one task, {options.count} record sets")
    print(f"{'play':<12}{'seconds':>9}{'of ping':>9}{'beyond it':>11}")
    for name, seconds in rows:
        print(f"{name:<12}{seconds:>9.2f}{seconds / ping:>8.1f}x{seconds - ping:>10.2f}s")


if __name__ == "__main__":
    main()
