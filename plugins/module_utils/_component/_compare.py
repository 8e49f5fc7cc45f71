# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Whether a live object still says what a manifest says: each field of the manifest, nothing beyond.

What Kubernetes adds (defaults, status, fields of other controllers) is no difference, and neither is another spelling
of one value. So a difference is what somebody changed or took away.
"""

from __future__ import annotations

import typing as t

from ._quantity import same_quantity

# Lists that Kubernetes merges by a key (patchMergeKey, listMapKeys): their order and further elements mean nothing.
_MERGE_KEYS = {
    "containers": ("name",),
    "env": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "ports": ("port", "containerPort", "protocol"),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "versions": ("name",),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
    "webhooks": ("name",),
}
_DEFAULT_KEYS = {"protocol": "TCP"}
# Fields whose empty object is a choice of its own, unlike everywhere else, where empty is the same as left out.
_EMPTY_MEANS_SOMETHING = frozenset({"emptyDir", "namespaceSelector", "objectSelector", "podSelector"})
# Fields that controllers fill in: the certificate authority of a webhook.
_WRITTEN_BY_CONTROLLERS = frozenset({"caBundle"})
_SKIPPED = frozenset({"apiVersion", "kind", "status"})
# It may be a certificate that a controller renews, and is nothing to be shown either.
_CONTENT_OF_A_SECRET = frozenset({"data", "stringData"})
_METADATA = ("annotations", "labels")

Value = t.Any


def differences(wanted: dict[str, Value], live: dict[str, Value]) -> list[str]:
    """The sorted paths at which `live` does not say what `wanted` says, such as C(spec.containers[app].image)."""
    skipped = _SKIPPED | _CONTENT_OF_A_SECRET if wanted["kind"] == "Secret" else _SKIPPED
    comparable = {key: value for key, value in wanted.items() if key not in skipped}
    comparable["metadata"] = {key: wanted["metadata"][key] for key in _METADATA if key in wanted["metadata"]}
    return sorted(_mapping(comparable, live, ""))


def _value(wanted: Value, live: Value, path: str, field: str) -> t.Iterator[str]:
    if isinstance(wanted, dict) and isinstance(live, dict):
        yield from _mapping(wanted, live, path)
    elif isinstance(wanted, list) and isinstance(live, list):
        yield from _sequence(wanted, live, path, field)
    elif not _same_scalar(wanted, live, path):
        yield path


def _mapping(wanted: dict[str, Value], live: dict[str, Value], path: str) -> t.Iterator[str]:
    for key, value in wanted.items():
        here = f"{path}.{key}" if path else key
        if value is None or key in _WRITTEN_BY_CONTROLLERS:
            continue
        if live.get(key) is None:
            if _says_something(key, value):
                yield here
        else:
            yield from _value(value, live[key], here, key)


def _says_something(key: str, value: Value) -> bool:
    """Whether leaving the field out is not the same: Kubernetes does not store empty and zero values."""
    return key in _EMPTY_MEANS_SOMETHING or _meaningful(value)


def _meaningful(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_says_something(key, item) for key, item in value.items())
    return bool(value)


def _sequence(wanted: list[Value], live: list[Value], path: str, field: str) -> t.Iterator[str]:
    by_key = _by_key(field, wanted), _by_key(field, live)
    if by_key[0] is not None and by_key[1] is not None:
        for key, item in by_key[0].items():
            here = f"{path}[{'/'.join(str(part) for part in key if part is not None)}]"
            if key in by_key[1]:
                yield from _value(item, by_key[1][key], here, "")
            else:
                yield here
    elif len(wanted) != len(live):
        yield path
    else:
        for index, (item, other) in enumerate(zip(wanted, live)):
            yield from _value(item, other, f"{path}[{index}]", "")


def _by_key(field: str, items: list[Value]) -> dict[tuple[Value, ...], Value] | None:
    """The items by their merge key, or None when the list has none or its keys are not unique."""
    if field not in _MERGE_KEYS or not all(isinstance(item, dict) for item in items):
        return None
    found = {tuple(item.get(key, _DEFAULT_KEYS.get(key)) for key in _MERGE_KEYS[field]): item for item in items}
    return found if len(found) == len(items) else None


def _same_scalar(wanted: Value, live: Value, path: str) -> bool:
    if isinstance(wanted, bool) or isinstance(live, bool):
        return wanted is live
    return wanted == live or same_quantity(wanted, live, path)
