# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The fields in which an address is asked for, of Services and of Gateways: their names, their values, their writers.

A field is named by its path in the object, as in C(("metadata", "annotations", "example.org/name")).
"""

from __future__ import annotations

import typing as t

from .._cluster._owners import managers
from .._kube import FIELD_MANAGER, JSONObject
from ._gateways import ADDRESSES, Gateway, infrastructure
from ._values import Service

Path = tuple[str, ...]
Fields = dict[Path, str]

MARK = "homelab.network/pin"
# Kubernetes deprecated it in 1.24, because it holds one address of one family.
LOAD_BALANCER_IP: Path = ("spec", "loadBalancerIP")


def annotation(name: str) -> Path:
    """An annotation of the object itself."""
    return ("metadata", "annotations", name)


def label(name: str) -> Path:
    """A label of the object itself."""
    return ("metadata", "labels", name)


def words(path: Path) -> str:
    """A field as results and messages name it."""
    if path[:1] == ("metadata",):
        return f"{path[1][:-1]} {path[2]}"
    return f"{'.'.join(path[:3])} {path[3]}" if len(path) > 3 else ".".join(path)


def short(path: Path) -> str:
    """A field as differences name it: an annotation by its name alone."""
    return path[-1] if path[:2] == ("metadata", "annotations") else words(path)


def annotated(asker: Service, name: str) -> Path:
    """Where an annotation stands that the load balancer reads on a Service; a Gateway's is copied to its Service."""
    return infrastructure("annotations", name) if isinstance(asker, Gateway) else annotation(name)


def labelled(asker: Service, name: str) -> Path:
    """Where a label stands by which a pool selects a Service."""
    return infrastructure("labels", name) if isinstance(asker, Gateway) else label(name)


def value(asker: Service, path: Path) -> str:
    """What stands in a field, empty when nothing does."""
    if isinstance(asker, Gateway):
        return asker.own.get(path, "")
    if path == LOAD_BALANCER_IP:
        return asker.load_balancer_ip
    return (asker.annotations if path[1] == "annotations" else asker.labels).get(path[-1], "")


def writers(asker: Service, path: Path) -> list[str]:
    """The field managers that own a field, sorted."""
    return managers({"metadata": {"managedFields": asker.managed_fields}}, *path)


def written(asker: Service) -> list[Path]:
    """The fields that this collection has written, by server-side apply."""
    entries = (
        entry
        for entry in asker.managed_fields
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply"
    )
    return [path for path in _fields(entries) if len(path) > 2 or path in {LOAD_BALANCER_IP, ADDRESSES}]


def emptied(asker: Service) -> bool:
    """Whether somebody owns that there are no annotations, as who has removed the last one does.

    Server-side apply refuses the first annotation after that, though it takes nothing from anybody.
    """
    containers = {annotated(asker, "")[:-1], labelled(asker, "")[:-1], annotation("")[:-1], ("spec", "infrastructure")}
    return any(path in containers for path in _fields(asker.managed_fields))


def _fields(entries: t.Iterable[JSONObject]) -> t.Iterator[Path]:
    for entry in entries:
        yield from _leaves(entry.get("fieldsV1") or {})


def _leaves(fields: JSONObject) -> t.Iterator[Path]:
    for name, inner in fields.items():
        if name.startswith("f:"):
            below = list(_leaves(inner))
            yield from ((name[2:], *path) for path in below or [()])


def nest(fields: t.Mapping[Path, str | None]) -> JSONObject:
    """The fields as an object; None removes one where it is sent as a merge patch."""
    found: JSONObject = {}
    for path, text in fields.items():
        inner = found
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = _content(path, text)
    return found


def _content(path: Path, text: str | None) -> t.Any:
    if path != ADDRESSES or text is None:
        return text
    return [{"type": "IPAddress", "value": address} for address in text.split(",")]
