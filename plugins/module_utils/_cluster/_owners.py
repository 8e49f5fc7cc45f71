# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Who keeps an object: the tool that made it, and the field managers of single fields.

Sources: Argo CD, "Resource Tracking"; Flux, labels of its kustomize and helm controllers; Helm, its release annotation;
Kubernetes, "Server-Side Apply" for metadata.managedFields.
"""

from __future__ import annotations

import typing as t

from .._kube import JSONObject

ARGOCD, FLUX, HELM = "argocd", "flux", "helm"
# The field managers of the tools that write again what their manifests say.
GITOPS_MANAGERS = {"argocd-controller": ARGOCD, "kustomize-controller": FLUX, "helm-controller": FLUX}
_FLUX_LABELS = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")


def owner(obj: JSONObject) -> JSONObject | None:
    """The tool that keeps an object as C(tool) and C(name), None when nobody says so.

    The label app.kubernetes.io/instance says nothing: every chart sets it.
    """
    labels, annotations = (obj["metadata"].get(key) or {} for key in ("labels", "annotations"))
    tracked = _tracked(obj, annotations.get("argocd.argoproj.io/tracking-id", ""))
    application = tracked or labels.get("argocd.argoproj.io/instance")
    if application:
        return {"tool": ARGOCD, "name": application}
    for prefix in _FLUX_LABELS:
        if labels.get(f"{prefix}/name"):
            return {"tool": FLUX, "name": f"{labels.get(f'{prefix}/namespace', '')}/{labels[f'{prefix}/name']}"}
    release = annotations.get("meta.helm.sh/release-name")
    return {"tool": HELM, "name": release} if release else None


def _tracked(obj: JSONObject, text: str) -> str:
    """The application of a tracking id "application:group/kind:namespace/name".

    Argo CD itself goes by it only on the very object that it names: some controllers copy annotations.
    """
    application, _colon, rest = text.partition(":")
    kind, _colon, name = rest.partition(":")
    this = name.rpartition("/")[2] == obj["metadata"]["name"] and kind.rpartition("/")[2] == obj["kind"]
    return application if this else ""


def managers(obj: JSONObject, *path: str) -> list[str]:
    """The field managers that own a field, such as C("metadata", "annotations", "example.org/name"); sorted."""
    found = set()
    for entry in obj["metadata"].get("managedFields") or []:
        fields: t.Any = entry.get("fieldsV1")
        for step in path:
            fields = fields.get(f"f:{step}") if isinstance(fields, dict) else None
        if fields is not None:
            found.add(str(entry.get("manager", "")))
    return sorted(found)
