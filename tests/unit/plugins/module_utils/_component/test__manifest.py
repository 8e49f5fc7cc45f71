# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifest of a release as the objects that Helm makes of it."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._component._manifest import Ref, objects, ref

MARKS = {"meta.helm.sh/release-name": "app", "meta.helm.sh/release-namespace": "apps"}


def test_objects_have_what_helm_adds() -> None:
    manifest = """
---
# Source: empty
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one, labels: {app: x}, annotations: {a: b}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: two, namespace: other, labels: {app.kubernetes.io/managed-by: chart}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: three, namespace: ignored}
"""
    assert [item["metadata"] for item in objects(manifest, "app", "apps")] == [
        {
            "name": "one",
            "namespace": "apps",
            "labels": {"app": "x", "app.kubernetes.io/managed-by": "Helm"},
            "annotations": {"a": "b", **MARKS},
        },
        {
            "name": "two",
            "namespace": "other",
            "labels": {"app.kubernetes.io/managed-by": "Helm"},
            "annotations": MARKS,
        },
        {"name": "three", "labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": MARKS},
    ]


def test_a_kind_is_outside_namespaces_when_the_manifest_defines_it_so() -> None:
    manifest = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: issuers.example.org}
spec: {scope: Cluster, names: {kind: Issuer}}
---
apiVersion: example.org/v1
kind: Issuer
metadata: {name: house}
---
apiVersion: example.org/v1
kind: Certificate
metadata: {name: web}
"""
    assert [ref(item) for item in objects(manifest, "app", "apps")] == [
        Ref("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "issuers.example.org"),
        Ref("example.org/v1", "Issuer", "", "house"),
        Ref("example.org/v1", "Certificate", "apps", "web"),
    ]


def test_a_list_is_its_items() -> None:
    manifest = """
apiVersion: v1
kind: ConfigMapList
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
"""
    assert [item["metadata"]["name"] for item in objects(manifest, "app", "apps")] == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("=", "="),
        ("0644", 420),
        ("-7", -7),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("1.2.3", "1.2.3"),
        ("100m", "100m"),
        ("~", None),
    ],
)
def test_plain_scalars_are_read_as_helm_reads_them(text: str, value: object) -> None:
    manifest = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\nspec: {text}\n"
    found = objects(manifest, "app", "apps")[0]["spec"]
    assert (type(found), found) == (type(value), value)


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(ValueError, match="its manifest is not YAML"):
        objects("a: [", "app", "apps")
