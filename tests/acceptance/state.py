# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run may write, looked at from outside: the cluster's objects, AdGuard Home's configuration, a workstation."""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from tests.lab.lab import Lab

WORKSTATION = "ws1"
DELEGATE = "/etc/systemd/dns-delegate.d/homelab-network.dns-delegate"
# All objects of these kinds, whoever made them: a run that writes to one that is not its own would be seen too.
_COLLECTIONS = {
    "/api/v1": ("namespaces", "services", "secrets", "configmaps", "serviceaccounts"),
    "/apis/apps/v1": ("daemonsets", "deployments"),
    "/apis/rbac.authorization.k8s.io/v1": ("clusterroles", "clusterrolebindings", "roles", "rolebindings"),
    "/apis/apiextensions.k8s.io/v1": ("customresourcedefinitions",),
    "/apis/admissionregistration.k8s.io/v1": ("validatingwebhookconfigurations",),
    "/apis/metallb.io/v1beta1": ("ipaddresspools", "l2advertisements"),
    "/apis/cilium.io/v2": ("ciliumloadbalancerippools",),
    "/apis/cilium.io/v2alpha1": ("ciliuml2announcementpolicies",),
}
_DUMP = (
    *("varlinkctl", "call", "--json=short", "/run/systemd/resolve/io.systemd.Resolve"),
    *("io.systemd.Resolve.DumpDNSConfiguration", "{}"),
)
# A reload moves the state from active to reloading and back; a restart makes another invocation.
_UNIT = ("systemctl", "show", "--property=InvocationID,StateChangeTimestampMonotonic", "systemd-resolved.service")

# MetalLB's own note on each Service that it gave an address.
_NOTES = ("metallb.io/ip-allocated-from-pool",)

JSONObject = dict[str, t.Any]


@dataclass(frozen=True)
class State:
    """One look at everything.

    `contents`: what is there, by Kind/namespace/name, "adguard", path and "resolved"; equal means the same to a user.
    `versions`: by the same keys what changes with every write, however small: what the API server notes of writers and
    their times, bytes, inode and times, reloads. Controllers keep the status of objects at moments of their own, so a
    write of that alone does not count.
    """

    contents: dict[str, t.Any] = field(repr=False)
    versions: dict[str, t.Any] = field(repr=False)

    def written_since(self, before: State) -> set[str]:
        """The keys of everything that was written, made or removed."""
        return _different(before.versions, self.versions)

    def altered_since(self, before: State) -> set[str]:
        """The keys of everything that means something else."""
        return _different(before.contents, self.contents)


def look(lab: Lab) -> State:
    """Read everything now."""
    contents: dict[str, t.Any] = {}
    versions: dict[str, t.Any] = {}
    for item in _objects(lab):
        meta = item["metadata"]
        key = "/".join(filter(None, (item["kind"], meta.get("namespace"), meta["name"])))
        contents[key] = {name: item[name] for name in item if name not in ("metadata", "status")}
        contents[key]["labels"] = meta.get("labels", {})
        notes = meta.get("annotations", {})
        contents[key]["annotations"] = {name: notes[name] for name in notes if name not in _NOTES}
        versions[key] = _version(item)
    versions["adguard"] = (lab.path / "adguard" / "AdGuardHome.yaml").read_bytes()
    contents["adguard"] = _adguard(versions["adguard"])
    versions.update(_files(lab))
    contents[DELEGATE] = lab.exec(WORKSTATION, ["cat", DELEGATE], check=False).stdout
    contents["resolved"] = delegates(lab)
    versions["resolved"] = lab.exec(WORKSTATION, _UNIT).stdout
    return State(contents, versions)


def delegates(lab: Lab) -> dict[str, t.Any]:
    """Servers and domains of the delegates that the workstation's resolver has loaded."""
    loaded = json.loads(lab.exec(WORKSTATION, _DUMP).stdout)["configuration"]
    return {
        item["delegate"]: (
            [server["addressString"] for server in item.get("servers", [])],
            [domain["name"] for domain in item.get("searchDomains", [])],
        )
        for item in loaded
        if "delegate" in item
    }


def _objects(lab: Lab) -> Iterator[JSONObject]:
    api = lab.cluster.client()
    for group, kinds in _COLLECTIONS.items():
        for kind in kinds:
            found = api.get(f"{group}/{kind}") or {"kind": "List", "items": []}
            for item in found["items"]:
                yield {**item, "kind": found["kind"].removesuffix("List"), "apiVersion": group}


def _version(item: JSONObject) -> JSONObject:
    """All of an object but its status, and the notes on who wrote what else when."""
    meta = {name: value for name, value in item["metadata"].items() if name != "resourceVersion"}
    meta["managedFields"] = [note for note in meta.get("managedFields", []) if note.get("subresource") != "status"]
    return {**{name: value for name, value in item.items() if name != "status"}, "metadata": meta}


def _adguard(text: bytes) -> JSONObject:
    """The configuration; the order of rewrites and of user rules is no part of their meaning here."""
    settings = yaml.safe_load(text)
    settings["user_rules"] = sorted(settings["user_rules"])
    settings["filtering"]["rewrites"] = sorted(settings["filtering"]["rewrites"], key=json.dumps)
    return settings


def _files(lab: Lab) -> Iterator[tuple[str, str]]:
    """Inode, times and mode of each file and folder of the workstation's configuration."""
    listing = lab.exec(WORKSTATION, ["find", "/etc", "-xdev", "-printf", r"%p\t%i %T@ %C@ %m\n"]).stdout
    for line in listing.splitlines():
        path, _tab, identity = line.partition("\t")
        yield path, identity


def _different(before: t.Mapping[str, t.Any], after: t.Mapping[str, t.Any]) -> set[str]:
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}
