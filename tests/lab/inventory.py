# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others get from a lab: facts, an inventory of its hosts for Ansible, and a file of credentials."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from . import cache, cluster, dns, topology
from .files import private, replace
from .topology import Host

_INVENTORY = """# Made by the lab. Ansible is run on the lab's controller:
# python3 -m tests.lab exec --name {name} controller -- ansible-playbook …
# Which of these hosts are workstations or probes of a network plan is said by an inventory beside this one.
all:
  vars:
{facts}
  children:
    lab_hosts:
      vars:
        ansible_connection: community.docker.nsenter
        ansible_nsenter_pid: >-
          {{{{ lookup('ansible.builtin.file', '{state}/hosts/' ~ inventory_hostname ~ '/leader') | trim | int }}}}
        ansible_python_interpreter: /usr/bin/python3
        ansible_become: false  # the connection is root's already
{hosts}
"""
_SECRETS = """homelab_network_secrets:
  adguard:
    username: {username}
    password: {password}
"""


def write(name: str, state: Path, hosts: list[Host], password: str) -> None:
    """Write all of it; lab.json comes last and says that the lab is whole."""
    inventory = state / "inventory" / "hosts.yml"
    facts = {
        "name": name,
        "state": str(state),
        "kubeconfig": str(state / "kubeconfig"),
        "secrets": str(state / "secrets.yml"),
        "inventory": str(inventory),
        "api_url": cluster.URL,
        "adguard_url": dns.URL,
        "public_dns": topology.PUBLIC_DNS,
        "helm": str(cache.binary("helm")),
        "kubectl": str(cache.binary("kubectl")),
        "metallb_chart": str(cache.asset("metallb-chart")),
        "metallb_crds": str(cache.asset("metallb-crds")),
    }
    inventory.parent.mkdir(exist_ok=True)
    replace(
        inventory,
        _INVENTORY.format(
            name=name,
            state=state,
            facts="\n".join(f"    lab_{key}: {value}" for key, value in facts.items()),
            hosts=_hosts([host.name for host in hosts if host.entered]),
        ),
    )
    private(state / "secrets.yml", _SECRETS.format(username=dns.USERNAME, password=password))
    details = {
        "hosts": {host.name: asdict(host) for host in hosts},
        "macs": {host.name: host.mac for host in hosts},
        "namespaces": {host.name: topology.namespace(name, host.name) for host in hosts},
    }
    replace(facts_path(state), json.dumps({**facts, **details}, indent=2))


def facts_path(state: Path) -> Path:
    """The file with the facts of a lab that is up."""
    return state / "lab.json"


def read_hosts(state: Path) -> dict[str, Host]:
    """The hosts of a lab that is up."""
    known = json.loads(facts_path(state).read_text(encoding="utf-8"))["hosts"]
    return {name: Host(**{**host, "addresses": tuple(host["addresses"])}) for name, host in known.items()}


def _hosts(hosts: list[str]) -> str:
    return "\n".join(["      hosts:", *(f"        {host}:" for host in hosts)]) if hosts else "      hosts: {}"
