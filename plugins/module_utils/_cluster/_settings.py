# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What is told about a network by ConfigMaps."""

from __future__ import annotations

import typing as t

from .._errors import require
from .._kube import JSONObject

# Keys of Cilium's ConfigMap that other parts of the network depend on.
_CILIUM = (
    "bpf-lb-sock",
    "bpf-lb-sock-hostns-only",
    "cluster-id",
    "cluster-name",
    "cni-exclusive",
    "default-lb-service-ipam",
    "enable-bpf-masquerade",
    "enable-l2-announcements",
    "enable-lb-ipam",
    "kube-proxy-replacement",
)


def cilium(config: JSONObject | None) -> dict[str, str] | None:
    """The settings of the ConfigMap "cilium-config" that matter, as it spells them."""
    if config is None:
        return None
    data = config.get("data") or {}
    return {key: str(data[key]) for key in _CILIUM if key in data}


def kube_proxy(config: JSONObject | None) -> JSONObject | None:
    """Mode and strict ARP of the ConfigMap "kube-proxy" that kubeadm makes; None where it cannot be read."""
    text = ((config or {}).get("data") or {}).get("config.conf")
    yaml = require("yaml")
    try:
        settings: t.Any = yaml.safe_load(text) if text else None
    except yaml.YAMLError:
        return None
    if not isinstance(settings, dict):
        return None
    ipvs = settings.get("ipvs")
    # An empty mode is iptables on Linux.
    return {
        "mode": settings.get("mode") or "iptables",
        "strict_arp": isinstance(ipvs, dict) and bool(ipvs.get("strictARP")),
    }
