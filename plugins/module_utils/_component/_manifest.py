# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The rendered manifest of a release as the objects that Helm makes of it."""

from __future__ import annotations

import functools
import re
import typing as t

from .._errors import require

# What Helm writes on every object of a release, whatever the chart says (Helm: pkg/action, setMetadataVisitor).
HELM_LABELS = {"app.kubernetes.io/managed-by": "Helm"}

# Kinds of Kubernetes itself that live outside namespaces.
_CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CSIDriver",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "FlowSchema",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    }
)

Object = dict[str, t.Any]


class Ref(t.NamedTuple):
    """Which object: the namespace is empty outside namespaces."""

    api_version: str
    kind: str
    namespace: str
    name: str


def ref(obj: Object) -> Ref:
    """Name an object by its own text."""
    metadata = obj["metadata"]
    return Ref(obj["apiVersion"], obj["kind"], metadata.get("namespace") or "", metadata["name"])


def objects(manifest: str, release: str, namespace: str) -> list[Object]:
    """The objects of a release, each with the namespace and the marks that Helm adds; ValueError for a bad manifest."""
    yaml = require("yaml")
    try:
        documents = list(yaml.load_all(manifest, Loader=_loader()))
    except yaml.YAMLError as error:
        raise ValueError(f"its manifest is not YAML: {error}") from error
    flat = [item for document in documents if document for item in _items(document)]
    cluster_scoped = _cluster_scoped(flat)
    return [_as_helm_makes_it(item, release, namespace, cluster_scoped) for item in flat]


def _items(document: Object) -> list[Object]:
    return document["items"] if document["kind"].endswith("List") and "items" in document else [document]


def _cluster_scoped(items: list[Object]) -> frozenset[str]:
    """The kinds outside namespaces: those of Kubernetes and those that the manifest itself defines."""
    definitions = (item["spec"] for item in items if item["kind"] == "CustomResourceDefinition")
    return _CLUSTER_SCOPED | {spec["names"]["kind"] for spec in definitions if spec.get("scope") == "Cluster"}


def _as_helm_makes_it(obj: Object, release: str, namespace: str, cluster_scoped: frozenset[str]) -> Object:
    metadata = {key: value for key, value in obj["metadata"].items() if key != "namespace"}
    if obj["kind"] not in cluster_scoped:
        metadata["namespace"] = obj["metadata"].get("namespace") or namespace
    metadata["labels"] = {**(metadata.get("labels") or {}), **HELM_LABELS}
    metadata["annotations"] = {
        **(metadata.get("annotations") or {}),
        "meta.helm.sh/release-name": release,
        "meta.helm.sh/release-namespace": namespace,
    }
    return {**obj, "metadata": metadata}


@functools.cache
def _loader() -> t.Any:
    """A loader that reads plain scalars as Helm does: no dates, no `=`, no numbers to the base of sixty."""
    yaml = require("yaml")
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    other = {f"tag:yaml.org,2002:{name}" for name in ("timestamp", "value", "int", "float")}
    kept = {
        first: [(tag, regexp) for tag, regexp in resolvers if tag not in other]
        for first, resolvers in base.yaml_implicit_resolvers.items()
    }
    loader: t.Any = type("Loader", (base,), {"yaml_implicit_resolvers": kept})
    integer = r"[-+]?(0b[01_]+|0[0-7_]*|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$"
    number = r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$"
    loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(integer), list("-+0123456789"))
    loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(number), list("-+.0123456789"))
    return loader
