# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the roles left behind on their hosts, taken from C(hostvars)."""

from __future__ import annotations

import typing as t

from ._table import FAILED, OK, Seen, Services
from ._variables import plain

CLUSTERS = "homelab_clusters"
SERVERS = "homelab_dns_servers"
PROBES = "homelab_probes"
# What tasks/record_failure.yml of the playbooks remembers.
FAILURES = "homelab_network_failures"
# What a workstation looks at through its own resolver; a host that is a probe as well has both in one result.
CLIENT_LAYERS = {"resolve", "page", "no_leak"}
VANTAGES = {PROBES: "probe", "homelab_clients": "client"}

Groups = t.Mapping[str, t.Sequence[str]]


def known_services(hostvars: t.Any, hosts: t.Iterable[str]) -> Services:
    """The Services of the clusters of these hosts, by cluster; a host without a result is passed over."""
    found: dict[str, list[dict[str, t.Any]]] = {}
    for host in hosts:
        values = hostvars[host]
        result = plain(values.get("lb_addresses_result")) or {}
        if values.get("homelab_network_target") and isinstance(result.get("services"), list):
            found[str(values["homelab_network_target"])] = result["services"]
    return found


def failed_clusters(hostvars: t.Any, hosts: t.Iterable[str]) -> list[str]:
    """The clusters of these hosts for which a stage has failed."""
    found = [hostvars[host] for host in hosts]
    return [str(values["homelab_network_target"]) for values in found if values.get(FAILURES)]


def seen_by(hostvars: t.Any, groups: Groups) -> list[Seen]:
    """What each probe and workstation found out."""
    return [
        _seen(host, vantage, hostvars[host])
        for group, vantage in VANTAGES.items()
        for host in sorted(groups.get(group, []))
    ]


def _seen(host: str, vantage: str, values: t.Any) -> Seen:
    groups = tuple(str(name) for name in values.get("group_names") or ())
    result = plain(values.get("verify_result"))
    results = results_of(result)
    if results is not None:
        results = [item for item in results if (item.get("layer") in CLIENT_LAYERS) == (vantage == "client")]
    return Seen(host, vantage, groups, results, why_not(result))


def snapshot(hostvars: t.Any, groups: Groups) -> dict[str, dict[str, t.Any]]:
    """What look.yml has seen, as network_plan takes it; a target that was not asked is left out."""
    lan = {str(host): _seen_in_lan(hostvars[host]) for host in sorted(groups.get(PROBES, []))}
    return {
        "clusters": _looked(_seen_targets(hostvars, groups.get(CLUSTERS, []), "homelab_network_seen"), "services"),
        "servers": _looked(_seen_targets(hostvars, groups.get(SERVERS, []), "dns_records_seen"), "records"),
        "lan": _looked(lan, "results"),
    }


def _seen_in_lan(values: t.Any) -> t.Any:
    """What a probe has seen: who answers, and what is handed out where that was asked as well."""
    found, leased = (plain(values.get(name)) for name in ("verify_result", "homelab_network_leased"))
    parts = [part for part in map(results_of, (found, leased)) if part is not None]
    return {"results": [item for part in parts for item in part]} if parts else found


def _seen_targets(hostvars: t.Any, hosts: t.Iterable[str], variable: str) -> dict[str, t.Any]:
    found = [hostvars[host] for host in sorted(hosts)]
    return {str(values["homelab_network_target"]): plain(values.get(variable)) for values in found}


def _looked(results: t.Mapping[str, t.Any], key: str) -> dict[str, t.Any]:
    """The results that were given, told by a key of theirs, and why the others were not."""
    asked = {name: result for name, result in results.items() if isinstance(result, dict) and not result.get("skipped")}
    return {name: result if key in result else {"unreachable": why_not(result)} for name, result in asked.items()}


def results_of(result: t.Any) -> list[dict[str, t.Any]] | None:
    """The results in what network_probe returned, or nothing."""
    results = result.get("results") if isinstance(result, dict) else None
    return results if isinstance(results, list) else None


def why_not(result: t.Any) -> str:
    """Why a host gave no results."""
    if not isinstance(result, dict):
        return "it was not asked"
    return str(result.get("msg") or "it gave no results")


def red(host: str, result: t.Any) -> list[str]:
    """What one host found wrong, one text each; a host that gave no results is one as well."""
    results = results_of(result)
    if results is None:
        return [f"{host}: {why_not(result)}"]
    return [
        f"{host}, {item.get('subject') or 'workstation'}, {item.get('layer')}: {item.get('detail')}"
        for item in results
        if item.get("status") == FAILED
    ]


def proved(result: t.Any) -> bool:
    """Whether everything that a host was asked to prove is proved."""
    results = results_of(result)
    return results is not None and all(item.get("status") == OK for item in results)
