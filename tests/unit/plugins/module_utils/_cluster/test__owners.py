# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who keeps an object, told from its labels, annotations and managed fields."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._cluster._owners import managers, owner

JSONObject = dict[str, t.Any]


def service(**meta: t.Any) -> JSONObject:
    """A Service default/web with more metadata."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default", **meta}}


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:/Service:default/web"}}, ("argocd", "shop")),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, ("argocd", "shop")),
        (
            {
                "labels": {
                    "kustomize.toolkit.fluxcd.io/name": "apps",
                    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
                }
            },
            ("flux", "flux-system/apps"),
        ),
        (
            {"labels": {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "default"}},
            ("flux", "default/web"),
        ),
        ({"annotations": {"meta.helm.sh/release-name": "web"}}, ("helm", "web")),
    ],
)
def test_the_tool_that_keeps_it(meta: JSONObject, expected: tuple[str, str]) -> None:
    assert owner(service(**meta)) == dict(zip(("tool", "name"), expected, strict=True))


@pytest.mark.parametrize(
    "meta",
    [
        {},
        # Every chart sets this label, whoever installs it.
        {"labels": {"app.kubernetes.io/instance": "shop", "app.kubernetes.io/managed-by": "Helm"}},
        # Annotations that a controller has copied from another object.
        {"annotations": {"argocd.argoproj.io/tracking-id": "shop:/Service:default/other"}},
        {"annotations": {"argocd.argoproj.io/tracking-id": "shop:gateway.networking.k8s.io/Gateway:default/web"}},
        {"annotations": {"argocd.argoproj.io/tracking-id": "shop"}},
    ],
    ids=["nothing", "label of charts", "another name", "another kind", "no tracking id"],
)
def test_nobody_keeps_it(meta: JSONObject) -> None:
    assert owner(service(**meta)) is None


def test_what_is_installed_by_argo_cd_from_a_chart_is_kept_by_argo_cd() -> None:
    annotations = {
        "argocd.argoproj.io/tracking-id": "shop:/Service:default/web",
        "meta.helm.sh/release-name": "web",
    }
    assert owner(service(annotations=annotations)) == {"tool": "argocd", "name": "shop"}


def test_the_field_managers_of_one_annotation() -> None:
    def entry(manager: str, fields: JSONObject) -> JSONObject:
        return {"manager": manager, "operation": "Apply", "fieldsV1": fields}

    fields = {"f:metadata": {"f:annotations": {".": {}, "f:example.org/pin": {}}}}
    found = service(
        managedFields=[
            entry("kustomize-controller", fields),
            entry("argocd-controller", fields),
            entry("kubectl", {"f:metadata": {"f:annotations": {"f:example.org/other": {}}}}),
            entry("homelab.network", {"f:spec": {"f:loadBalancerIP": {}}}),
            {"manager": "old"},
        ]
    )
    assert managers(found, "metadata", "annotations", "example.org/pin") == [
        "argocd-controller",
        "kustomize-controller",
    ]
    assert managers(found, "spec", "loadBalancerIP") == ["homelab.network"]
    assert managers(service(), "spec", "loadBalancerIP") == []
