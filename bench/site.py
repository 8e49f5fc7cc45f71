# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an unchanged site.yml takes, as a ratio to the least that any play on the same hosts can take.

The yardstick is a play without facts: a ping on each host, and one k8s_info of Services. The goal is at most 3.

Run as root from the root of the collection: python3 -m bench.site [--repeat 5]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.lab.lab import Lab

ROOT = Path(__file__).resolve().parents[1]
GOAL = 3.0


def yardstick(folder: Path) -> Path:
    """The play that the site is measured against."""
    services = {"kubernetes.core.k8s_info": {"kind": "Service", "kubeconfig": "{{ lab_kubeconfig }}"}}
    plays = [
        {"hosts": "localhost", "gather_facts": False, "tasks": [services]},
        {
            "hosts": "homelab_clients:homelab_probes",
            "gather_facts": False,
            "tasks": [{"ansible.builtin.ping": {}}],
        },
    ]
    playbook = folder / "yardstick.yml"
    playbook.write_text(json.dumps(plays), encoding="utf-8")  # JSON is YAML
    return playbook


def play(lab: Lab, playbook: Path) -> tuple[float, str]:
    """The seconds that a playbook takes on the lab, and what it printed."""
    command = [
        str(Path(sys.executable).with_name("ansible-playbook")),
        f"--inventory={lab.path / 'inventory'}",
        f"--inventory={ROOT / 'inventory' / 'demo'}",
        f"--extra-vars=@{lab.path / 'secrets.yml'}",
        str(playbook),
    ]
    began = time.monotonic()
    done = subprocess.run(lab.command("controller", command), capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return seconds, done.stdout


def measure(lab: Lab, repeat: int) -> dict[str, list[float]]:
    """The seconds of each run; the two alternate, so that a busy machine is busy for both."""
    site = ROOT / "playbooks" / "site.yml"
    runs: dict[str, list[float]] = {"first site.yml": [play(lab, site)[0]], "yardstick": [], "unchanged site.yml": []}
    with tempfile.TemporaryDirectory() as folder:
        least = yardstick(Path(folder))
        play(lab, least)
        for _run in range(repeat):
            runs["yardstick"].append(play(lab, least)[0])
            seconds, output = play(lab, site)
            if "changed=0" not in output or any(f"changed={n}" in output for n in range(1, 10)):
                raise SystemExit(f"the site was not unchanged:\n{output}")
            runs["unchanged site.yml"].append(seconds)
    return runs


def report(runs: dict[str, list[float]]) -> str:
    """The table: seconds, and the ratios of each pair of runs."""
    lines = [f"{'':<22}{'min':>8}{'median':>8}{'max':>8}"]
    ratios = [site / least for site, least in zip(runs["unchanged site.yml"], runs["yardstick"], strict=True)]
    for name, figures, unit in [*((name, seconds, "s") for name, seconds in runs.items()), ("ratio", ratios, "x")]:
        shown = (min(figures), statistics.median(figures), max(figures))
        lines.append(f"{name:<22}" + "".join(f"{figure:>7.1f}{unit}" for figure in shown))
    reached = "reached" if statistics.median(ratios) <= GOAL else "not reached"
    return "\n".join([*lines, f"goal: at most {GOAL:.0f} x the yardstick: {reached}"])


def main() -> None:
    """Bring a lab up, measure, print the table, take the lab down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    lab = Lab("bench")
    try:
        lab.up()
        print(report(measure(lab, options.repeat)))
    finally:
        lab.down()


if __name__ == "__main__":
    main()
