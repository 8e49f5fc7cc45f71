# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Reads a component from the API server: one list per kind of its objects, and no more."""

from __future__ import annotations

import typing as t
from itertools import groupby

from .._errors import NetworkError
from .._kube import Kube, marked
from ._compare import differences
from ._component import Drift, Found, Wanted, labels_of
from ._manifest import Object, Ref, objects, ref
from ._release import Release, decode, newest, selector
from ._workload import KINDS, workload

# Kinds of Kubernetes itself that a person may keep in a namespace; those of other components are found by their
# definitions.
_CONTENTS = (
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("networking.k8s.io/v1", "Ingress"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("v1", "ConfigMap"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "Pod"),
    ("v1", "Secret"),
    ("v1", "Service"),
    ("v1", "ServiceAccount"),
)
_DEFINITION = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
# What Kubernetes puts into every namespace.
_BORN_WITH_IT = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})


class ComponentError(NetworkError):
    """What the cluster holds of a component cannot be understood."""


def read(kube: Kube, wanted: Wanted) -> Found:
    """Read the namespace, the release, its workloads and where its objects differ from its manifest."""
    namespace = kube.get("v1", "Namespace", wanted.namespace)
    if namespace is None:
        return Found(namespace=None, release=None)
    release = _release(kube, wanted)
    expected = _objects(release) if release else []
    live = _live(kube, expected)
    ours = marked(namespace)
    return Found(
        namespace=namespace,
        release=release,
        ours=ours,
        drift=tuple(_drift(expected, live)) if release and release.deployed else (),
        remains=tuple(live) if release and not wanted.present else (),
        workloads=tuple(workload(obj) for where, obj in live.items() if where.kind in KINDS),
        others=tuple(_others(kube, wanted, expected)) if ours and not wanted.present else (),
    )


def _release(kube: Kube, wanted: Wanted) -> Release | None:
    secrets = kube.list("v1", "Secret", namespace=wanted.namespace, label_selector=selector(wanted.name)) or []
    releases = []
    for secret in secrets:
        try:
            releases.append(decode(secret))
        except ValueError as error:
            raise _unreadable(kube, wanted, secret["metadata"]["name"], error) from error
    return newest(releases)


def _objects(release: Release) -> list[Object]:
    try:
        return objects(release.manifest, release.name, release.namespace)
    except (KeyError, TypeError, ValueError) as error:
        raise ComponentError(
            f"Cannot understand revision {release.revision} of Helm release {release.namespace}/{release.name}: "
            f"{error}. Look at it with `helm get manifest {release.name} --namespace {release.namespace}`."
        ) from error


def _unreadable(kube: Kube, wanted: Wanted, name: str, error: ValueError) -> ComponentError:
    return ComponentError(
        f"Cannot read Helm release {wanted.namespace}/{wanted.name} on the API server {kube.server}: Secret {name} is "
        f"there, but {error}. If `helm history {wanted.name} --namespace {wanted.namespace}` fails too, delete that "
        "Secret and run again."
    )


def _live(kube: Kube, expected: list[Object]) -> dict[Ref, Object]:
    """The expected objects that exist, in the order of the manifest."""
    found: dict[Ref, Object] = {}
    for (api_version, kind), group in groupby(sorted(expected, key=_kind), key=_kind):
        items = list(group)
        listed = _list(kube, api_version, kind, items)
        for item in items:
            where = ref(item)
            # One that has lost a label by hand is not in the list.
            live = listed.get(where) or kube.get(api_version, kind, where.name, where.namespace or None)
            if live:
                found[where] = live
    return {where: found[where] for where in map(ref, expected) if where in found}


def _kind(obj: Object) -> tuple[str, str]:
    return obj["apiVersion"], obj["kind"]


def _list(kube: Kube, api_version: str, kind: str, items: list[Object]) -> dict[Ref, Object]:
    """The live objects that carry all labels which the expected ones of this kind have in common."""
    namespaces = {ref(item).namespace for item in items}
    common = set.intersection(*(set(labels_of(item).items()) for item in items))
    listed = kube.list(
        api_version,
        kind,
        namespace=namespaces.pop() if len(namespaces) == 1 else None,
        label_selector=",".join(f"{key}={value}" for key, value in sorted(common)),
    )
    return {ref(item): item for item in listed or []}


def _drift(expected: list[Object], live: dict[Ref, Object]) -> t.Iterator[Drift]:
    for item in expected:
        where = ref(item)
        if where not in live:
            yield Drift(item, where, missing=True)
        else:
            paths = differences(item, live[where])
            if paths:
                yield Drift(item, where, missing=False, paths=tuple(paths))


def _others(kube: Kube, wanted: Wanted, expected: list[Object]) -> list[Ref]:
    """What the namespace holds besides the release, what came with it, and what Kubernetes itself puts there."""
    own = {ref(item) for item in expected}
    definitions = {where.name for where in own if where.kind == _DEFINITION[1]}
    kinds = [*_CONTENTS, *(_custom(item) for item in kube.list(*_DEFINITION) or [] if _may_stay(item, definitions))]
    found = (item for kind in kinds for item in kube.list(*kind, namespace=wanted.namespace) or [])
    return sorted(
        where for where, item in ((ref(item), item) for item in found) if where not in own and _kept(item, wanted)
    )


def _may_stay(definition: Object, own: set[str]) -> bool:
    return definition["spec"]["scope"] == "Namespaced" and definition["metadata"]["name"] not in own


def _custom(definition: Object) -> tuple[str, str]:
    spec = definition["spec"]
    version = next(version["name"] for version in spec["versions"] if version["storage"])
    return f"{spec['group']}/{version}", spec["names"]["kind"]


def _kept(obj: Object, wanted: Wanted) -> bool:
    """Whether an object is somebody's: not made by another object, by Kubernetes, or as the record of the release."""
    metadata = obj["metadata"]
    record = labels_of(obj).get("owner") == "helm" and labels_of(obj).get("name") == wanted.name
    born = (obj["kind"], metadata["name"]) in _BORN_WITH_IT or obj.get("type") == "kubernetes.io/service-account-token"
    return not (metadata.get("ownerReferences") or record or born)
