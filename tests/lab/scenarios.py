# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the molecule scenarios of workstations need in a lab that is up: `python3 -m tests.lab.scenarios --help`.

A scenario names its hosts as platforms. They are there as long as it runs; a second private DNS server and a DHCP
server come with the first of them and go with the lab.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from . import topology
from .dhcp import Dhcp
from .errors import LabError
from .lab import Lab
from .process import Program
from .topology import Host

# A name that both private servers know, each with an address of its own: the answer tells who gave it.
NAME = "nas.home.arpa"
ANSWERS = {topology.ADGUARD: "192.168.50.77", "192.168.50.3": "192.168.50.78"}
_SPARE = "dns2"
_FIRST = 100
_LEASES = ("192.168.50.200", "192.168.50.220")


def hosts(scenario: Path) -> list[Host]:
    """The workstations of a scenario, by its molecule.yml, with addresses from 192.168.50.100 on."""
    platforms = yaml.safe_load(scenario.read_text(encoding="utf-8"))["platforms"]
    return [
        Host(platform["name"], (f"192.168.50.{number}",), suite=platform["suite"], uplink=platform["uplink"])
        for number, platform in enumerate(platforms, _FIRST)
    ]


def up(lab: Lab, scenario: Path) -> None:
    """Bring the workstations of a scenario up, afresh, and before the first ones what all of them need."""
    if _SPARE not in lab.hosts:
        serve(lab)
    down(lab, scenario)
    lab.add_workstations(hosts(scenario))


def down(lab: Lab, scenario: Path) -> None:
    """Take away what there is of the workstations of a scenario."""
    for host in hosts(scenario):
        if host.name in lab.hosts:
            lab.remove_host(host.name)


def serve(lab: Lab) -> None:
    """Start a second private DNS server, and DHCP servers at home and away."""
    primary, spare = ANSWERS
    lab.adguard.client().request("POST", "/control/rewrite/add", {"domain": NAME, "answer": ANSWERS[primary]})
    lab.add_host(_SPARE, [spare])
    dhcp = [
        Dhcp("router", link, lab.path / "dhcp" / link, [f"--dhcp-range={first},{last},1h", "--no-ping"])
        for link, (first, last) in {"eth0": _LEASES, "away": topology.AWAY_RANGE}.items()
    ]
    for server in dhcp:
        server.create()
    lab.run([_spare_dns(spare), *(server.program() for server in dhcp)])


def _spare_dns(address: str) -> Program:
    options = (f"--listen-address={address}", "--bind-interfaces", f"--host-record={NAME},{ANSWERS[address]}")
    zones = ("--local=/home.arpa/", "--local=/168.192.in-addr.arpa/")
    quiet = ("--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=root", "--no-hosts", "--no-resolv")
    return Program("spare-dns", _SPARE, ("dnsmasq", *quiet, *options, *zones))


def main() -> int:
    """Do one of the two; 1 when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab.scenarios", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", default="lab", help="which lab (default: lab)")
    parser.add_argument("step", choices=("up", "down"))
    parser.add_argument("scenario", type=Path, help="its molecule.yml")
    options = parser.parse_args()
    try:
        {"up": up, "down": down}[options.step](Lab(options.name), options.scenario)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
