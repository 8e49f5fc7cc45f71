# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What is told about a network by the programs that run in a cluster: their images and their arguments."""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject

# What k3s writes on the DaemonSet that it makes for each Service that its own load balancer serves.
_SERVED = "svccontroller.k3s.cattle.io/"


@dataclasses.dataclass(frozen=True)
class Program:
    """A container of a workload.

    `image` is without tag and digest; `flags` are its arguments by name without the leading hyphens, each with all its
    values, and "true" where it has none.
    """

    workload: str
    image: str
    flags: dict[str, list[str]]

    def flag(self, name: str) -> str:
        """The last value of an argument, empty when it is not given."""
        return self.flags.get(name, [""])[-1]

    def is_on(self, name: str) -> bool:
        """Whether an argument says yes."""
        return self.flag(name).lower() in {"true", "1"}


def programs(workloads: t.Iterable[JSONObject]) -> list[Program]:
    """All containers of Deployments and DaemonSets, sorted."""
    found = [
        Program(_name(obj), _image(item.get("image", "")), {**_variables(item), **_flags(item)})
        for obj in workloads
        for item in _containers(obj)
    ]
    return sorted(found, key=lambda item: (item.workload, item.image))


def _name(obj: JSONObject) -> str:
    return f"{obj['metadata'].get('namespace', '')}/{obj['metadata']['name']}"


def _containers(obj: JSONObject) -> list[JSONObject]:
    return (((obj.get("spec") or {}).get("template") or {}).get("spec") or {}).get("containers") or []


def _image(text: str) -> str:
    path = text.partition("@")[0]
    return path[: path.rindex(":")] if ":" in path.rpartition("/")[2] else path


def _flags(container: JSONObject) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    words = [*(container.get("command") or []), *(container.get("args") or [])]
    for word, following in zip(words, [*words[1:], "--"]):
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            alone = following.startswith("-")
            found.setdefault(name, []).append(value if equals else "true" if alone else following)
    return found


def _variables(container: JSONObject) -> dict[str, list[str]]:
    """ExternalDNS takes each argument from a variable as well: --domain-filter from EXTERNAL_DNS_DOMAIN_FILTER."""
    prefix = "EXTERNAL_DNS_"
    return {
        item["name"][len(prefix) :].lower().replace("_", "-"): str(item["value"]).split("\n")
        for item in container.get("env") or []
        if item["name"].startswith(prefix) and item.get("value")
    }


def served_by_k3s(workloads: t.Iterable[JSONObject]) -> list[str]:
    """The Services that the load balancer of k3s serves, sorted."""
    labels = [obj["metadata"].get("labels") or {} for obj in workloads]
    served = [item for item in labels if item.get(f"{_SERVED}svcname")]
    return sorted(f"{item.get(f'{_SERVED}svcnamespace', '')}/{item[f'{_SERVED}svcname']}" for item in served)


def metallb(found: t.Iterable[Program]) -> JSONObject | None:
    """How MetalLB's speaker was started, None where there is none."""
    speakers = [item for item in found if "metallb" in item.image and item.image.endswith("speaker")]
    for item in speakers:
        return {
            "load_balancer_class": item.flag("lb-class"),
            "ignores_exclude_label": item.is_on("ignore-exclude-lb"),
        }
    return None


def external_dns(found: t.Iterable[Program]) -> list[JSONObject]:
    """Each ExternalDNS with the zones that it writes (none: all of its provider), and what it writes them to."""
    every = list(found)
    return [
        {
            "name": item.workload,
            "zones": sorted({zone.strip(".").lower() for zone in item.flags.get("domain-filter", []) if zone}),
            "provider": item.flag("provider"),
            "webhook": next((_last(other.image) for other in every if _is_webhook(item, other)), ""),
            "policy": item.flag("policy"),
        }
        for item in every
        if _last(item.image) == "external-dns"
    ]


def _is_webhook(item: Program, other: Program) -> bool:
    return item.flag("provider") == "webhook" and other.workload == item.workload and other is not item


def _last(image: str) -> str:
    return image.rpartition("/")[2]


def cert_manager(found: t.Iterable[Program]) -> JSONObject | None:
    """Whom cert-manager asks before it proves a name by DNS, None where there is no cert-manager."""
    for item in found:
        if _last(item.image) == "cert-manager-controller":
            servers = item.flag("dns01-recursive-nameservers")
            return {
                "recursive_nameservers_only": item.is_on("dns01-recursive-nameservers-only"),
                "recursive_nameservers": [server.strip() for server in servers.split(",") if server.strip()],
            }
    return None


def kube_proxy(found: t.Iterable[Program]) -> JSONObject | None:
    """How kube-proxy was started where its arguments say it, as on Talos."""
    for item in found:
        if _last(item.image) == "kube-proxy" and item.flag("proxy-mode"):
            return {"mode": item.flag("proxy-mode"), "strict_arp": item.is_on("ipvs-strict-arp")}
    return None
