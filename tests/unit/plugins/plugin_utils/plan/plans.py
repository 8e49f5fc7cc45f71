# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans for the tests, read as Ansible would read them."""

from __future__ import annotations

import typing as t

import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import Checked, check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._live import Snapshot, read_snapshot
from ansible_collections.homelab.network.plugins.plugin_utils.plan._merge import Part
from ansible_collections.homelab.network.plugins.plugin_utils.plan._model import Plan
from ansible_collections.homelab.network.plugins.plugin_utils.plan._plain import NotEvaluated, Reader
from ansible_collections.homelab.network.plugins.plugin_utils.plan._secrets import VARIABLE

# A home that nothing is wrong with; tests change parts of it.
HOME = """
zones:
  home.arpa: {private: [pihole]}
lan:
  subnets: [192.168.30.0/24]
  router: 192.168.30.1
  dhcp: [192.168.30.81-192.168.30.254]
  reserved: {infrastructure: 192.168.30.10-192.168.30.49}
  devices:
    pihole: {address: 192.168.30.45, names: [pihole.home.arpa]}
    nas: 192.168.30.20
clusters:
  home:
    distribution: k3s
    api: {address: 192.168.30.51, names: [api.home.arpa]}
    nodes: {node1: 192.168.30.51, node2: 192.168.30.52}
    load_balancer: metallb
    pools:
      pinned: {addresses: [192.168.30.60-192.168.30.69], auto_assign: false}
      lan: {addresses: [192.168.30.70-192.168.30.80]}
entry_points:
  plex: {address: 192.168.30.62, service: "media/plex:32400"}
  web: {service: "default/web:80"}
dns:
  servers:
    pihole: {backend: pihole, at: lan.devices.pihole, url: "http://192.168.30.45"}
clients: {servers: [pihole]}
"""


def _get(container: t.Any, key: t.Any) -> t.Any:
    """Stands for Ansible: a template whose variable does not exist."""
    value = container[key]
    if isinstance(value, str) and "{{" in value:
        raise NotEvaluated("'no_such_variable' is undefined")
    return value


def part(name: str, value: t.Any) -> Part:
    """One variable."""
    reader = Reader(_get, lambda _value: "")
    return Part(name, reader.read(value), reader.places, reader.failures)


def checked(text: str, off: t.Iterable[str] = (), seen: t.Any = None) -> Checked:
    """A plan in YAML: the value of the one variable, or several variables with their names.

    Only then the secrets are looked at as well. `seen` is the network to compare it with, as the modules return it.
    """
    value = yaml.safe_load(text)
    variables = value if text.lstrip().startswith("homelab_network") else {"homelab_network": value}
    secrets = part(VARIABLE, variables.pop(VARIABLE, {})) if variables is value else None
    return check([part(name, variables[name]) for name in variables], secrets, frozenset(off), _live(seen))


def changed(
    changes: t.Mapping[str, t.Any],
    without: t.Iterable[str] = (),
    text: str = HOME,
    off: t.Iterable[str] = (),
    seen: t.Any = None,
) -> Checked:
    """The plan of a home with other values (YAML) at some paths, and without others."""
    value = yaml.safe_load(text)
    for path in without:
        *above, last = path.split("/")
        del _at(value, above)[last]
    for path, new in changes.items():
        *above, last = path.split("/")
        _at(value, above)[last] = yaml.safe_load(new) if isinstance(new, str) else new
    return check([part("homelab_network", value)], off=frozenset(off), live=_live(seen))


def _live(seen: t.Any) -> Snapshot | None:
    return None if seen is None else read_snapshot(seen)


def _at(value: t.Any, path: t.Iterable[str]) -> t.Any:
    for key in path:
        value = value.setdefault(key, {})
    return value


def plan_of(text: str) -> Plan:
    """The model of a plan without errors."""
    found = checked(text)
    assert found.errors == []
    return found.plan
