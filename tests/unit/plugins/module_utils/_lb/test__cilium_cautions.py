# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Cilium does otherwise than one would expect."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_cautions as cautions
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_status import Settings
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import service

ON = {"enable-l2-announcements": "true", "enable-bgp-control-plane": "true", "kube-proxy-replacement": "true"}


def pool(name: str, **options: t.Any) -> Pool:
    """A pool."""
    return Pool(name, (parse_range("192.0.2.0/28"),), **options)


@pytest.mark.parametrize(
    ("data", "options", "value"),
    [
        (ON, {}, ""),
        (ON, {"advertise": "bgp"}, ""),
        (None, {}, ""),
        ({}, {"advertise": "none"}, ""),
        ({**ON, "enable-lb-ipam": "false"}, {}, "enableLBIPAM"),
        ({**ON, "enable-l2-announcements": "false"}, {}, "l2announcements.enabled"),
        ({**ON, "kube-proxy-replacement": "false"}, {}, "kubeProxyReplacement"),
        ({}, {"advertise": "bgp"}, "bgpControlPlane.enabled"),
    ],
)
def test_what_is_off_is_told_with_the_fix(data: dict[str, str] | None, options: dict[str, t.Any], value: str) -> None:
    found = cautions.of_pools([pool("lan", **options)], Settings(data))
    assert [text.partition("the chart's value ")[2] for text in found] == ([f"{value} to true."] if value else [])
    assert all('pool "lan"' in text for text in found)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({}, {}, []),
        ({}, {"interfaces": ("eth1",)}, ["a", "b"]),
        ({}, {"advertise": "none"}, ["a"]),
        ({}, {"advertise": "none", "auto_assign": False}, ["a"]),
        ({"namespaces": ("x",)}, {"advertise": "none", "namespaces": ("y",)}, []),
        ({"auto_assign": False}, {"advertise": "none", "auto_assign": False}, []),
    ],
)
def test_services_that_are_announced_for_another_pool(
    one: dict[str, t.Any], other: dict[str, t.Any], told: list[str]
) -> None:
    found = cautions.of_pools([pool("a", **one), pool("b", **other)], Settings(ON))
    assert [text.split('"')[1] for text in found] == told


def test_the_traffic_policy_local_and_l2() -> None:
    local = {"externalTrafficPolicy": "Local", "selector": {"app": "x"}}
    services = [
        service("default/a", "192.0.2.1", **local),
        service("default/b", "192.0.2.2"),
        service("default/c", "198.51.100.1", **local),
    ]
    (text,) = cautions.of_services([pool("lan")], services)
    assert "answer for default/a." in text
    assert not cautions.of_services([pool("lan", advertise="bgp")], services)
