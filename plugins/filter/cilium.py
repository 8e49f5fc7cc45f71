# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role cilium asks of a Cilium that is there already."""

from __future__ import annotations

import typing as t

_L2 = "l2"
_BGP = "bgp"


class Setting(t.NamedTuple):
    """A setting that pools need.

    :ivar key: its name in the ConfigMap C(cilium-config), `value`: the value of Cilium's chart that makes it.
    :ivar usual: what holds where the ConfigMap does not say it.
    :ivar ways: the announcements that need it; empty for all pools.
    """

    key: str
    value: str
    usual: str
    why: str
    ways: frozenset[str] = frozenset()


# The chart's template cilium-configmap.yaml, 1.17 to 1.20.
_SETTINGS = (
    Setting("enable-lb-ipam", "enableLBIPAM", "true", "the operator gives addresses out"),
    Setting(
        "enable-l2-announcements",
        "l2announcements.enabled",
        "false",
        "the agents answer ARP for pools with advertise: l2",
        frozenset({_L2}),
    ),
    Setting(
        "kube-proxy-replacement",
        "kubeProxyReplacement",
        "false",
        "the agents forward what they answer for",
        frozenset({_L2}),
    ),
    Setting(
        "enable-bgp-control-plane",
        "bgpControlPlane.enabled",
        "false",
        "the agents speak to routers for pools with advertise: bgp",
        frozenset({_BGP}),
    ),
)


def cilium_missing(config: t.Mapping[str, t.Any], pools: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """The values of Cilium's chart that these pools need and C(cilium-config) does not show, one text each."""
    ways = {pool.get("advertise") or _L2 for pool in pools}
    needed = [setting for setting in _SETTINGS if ways & setting.ways or (pools and not setting.ways)]
    return [f"{setting.value}=true ({setting.why})" for setting in needed if not _is_on(config, setting)]


def _is_on(config: t.Mapping[str, t.Any], setting: Setting) -> bool:
    # Before 1.16, the replacement of kube-proxy could also be "strict".
    return str(config.get(setting.key, setting.usual)).lower() in {"true", "strict"}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {"cilium_missing": cilium_missing}
