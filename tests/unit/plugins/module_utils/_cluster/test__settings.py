# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ConfigMaps say about the network."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._cluster._settings import cilium, kube_proxy


def config(**data: str) -> dict[str, t.Any]:
    """A ConfigMap; a double underscore stands for a dot."""
    return {"metadata": {"name": "it"}, "data": {key.replace("__", "."): value for key, value in data.items()}}


def test_of_cilium_only_what_other_parts_depend_on() -> None:
    data = {"cni-exclusive": "true", "enable-lb-ipam": "false", "debug": "true"}
    assert cilium({"data": data}) == {"cni-exclusive": "true", "enable-lb-ipam": "false"}
    assert cilium({}) == {}
    assert cilium(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mode: ipvs\nipvs: {strictARP: true}", {"mode": "ipvs", "strict_arp": True}),
        ("mode: ipvs\nipvs: null", {"mode": "ipvs", "strict_arp": False}),
        ('mode: ""', {"mode": "iptables", "strict_arp": False}),
        ("", None),
        ("ipvs: [strictARP]", {"mode": "iptables", "strict_arp": False}),
        ("just a text", None),
        ("mode: [", None),
    ],
)
def test_the_configuration_of_kube_proxy(text: str, expected: dict[str, t.Any] | None) -> None:
    assert kube_proxy(config(config__conf=text)) == expected


def test_no_configuration_of_kube_proxy() -> None:
    assert kube_proxy(None) is None
    assert kube_proxy(config()) is None
