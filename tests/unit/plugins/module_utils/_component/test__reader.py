# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a component, with how many requests, and what is made of it."""

from __future__ import annotations

import base64
import copy
import json
import typing as t
from dataclasses import replace

import pytest
import yaml
from ansible_collections.homelab.network.plugins.module_utils._component._component import Wanted
from ansible_collections.homelab.network.plugins.module_utils._component._manifest import Ref, objects
from ansible_collections.homelab.network.plugins.module_utils._component._reader import ComponentError, read

WANTED = Wanted("app", "apps", None, None, {}, present=True)
CONFIG = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "one", "labels": {"app": "x"}},
    "data": {"a": "1"},
}
ROLE = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "metadata": {"name": "all"},
    "rules": [{"a": 1}],
}
DAEMON = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "run", "labels": {"app": "x"}}, "spec": {}}
MANIFEST = yaml.safe_dump_all([CONFIG, ROLE, DAEMON])
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"kind": "Thing"},
        "versions": [{"name": "v1alpha1", "storage": False}, {"name": "v1", "storage": True}],
    },
}


class FakeKube:
    """Models the reading half of a Kubernetes API: lists by kind, namespace and labels, and single objects."""

    server = "https://192.0.2.1:6443"

    def __init__(self, *items: dict[str, t.Any]) -> None:
        self.items = [copy.deepcopy(item) for item in items]
        self.requests: list[str] = []

    def list(self, api_version: str, kind: str, namespace: str | None = None, label_selector: str = "") -> t.Any:
        """The objects of a kind that carry the labels; Helm's selector by set is matched by its equalities."""
        self.requests.append(f"list {kind}")
        wanted = dict(part.split("=") for part in label_selector.split(",") if part.count("=") == 1)
        return [item for item in self._of(api_version, kind, namespace) if wanted.items() <= _labels(item).items()]

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> t.Any:
        """One object."""
        self.requests.append(f"get {kind}")
        return next((item for item in self._of(api_version, kind, namespace) if item["metadata"]["name"] == name), None)

    def _of(self, api_version: str, kind: str, namespace: str | None) -> t.Iterator[dict[str, t.Any]]:
        for item in self.items:
            fits = not namespace or item["metadata"].get("namespace", namespace) == namespace
            if (item["apiVersion"], item["kind"]) == (api_version, kind) and fits:
                yield item


def _labels(item: dict[str, t.Any]) -> dict[str, str]:
    return item["metadata"].get("labels") or {}


def namespace(**labels: str) -> dict[str, t.Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps", "labels": labels}}


def record(status: str = "deployed", revision: int = 1, manifest: str = MANIFEST) -> dict[str, t.Any]:
    payload = {
        "name": "app",
        "namespace": "apps",
        "version": revision,
        "info": {"status": status},
        "chart": {"metadata": {"name": "app", "version": "1"}},
        "manifest": manifest,
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"sh.helm.release.v1.app.v{revision}",
            "namespace": "apps",
            "labels": {"owner": "helm", "name": "app"},
        },
        "data": {"release": base64.b64encode(base64.b64encode(json.dumps(payload).encode())).decode()},
    }


def live() -> list[dict[str, t.Any]]:
    return objects(MANIFEST, "app", "apps")


def secret(name: str, **content: t.Any) -> dict[str, t.Any]:
    metadata = {"name": name, "namespace": "apps", **content.pop("metadata", {})}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **content}


def test_as_it_should_be_costs_one_list_per_kind() -> None:
    kube = FakeKube(namespace(), record(), *live())
    found = read(kube, WANTED)
    assert found.drift == ()
    assert [workload.name for workload in found.workloads] == ["run"]
    assert kube.requests == ["get Namespace", "list Secret", "list DaemonSet", "list ClusterRole", "list ConfigMap"]


def test_without_a_namespace_nothing_else_is_asked() -> None:
    kube = FakeKube()
    assert (read(kube, WANTED).namespace, kube.requests) == (None, ["get Namespace"])


def test_drift_is_in_the_order_of_the_manifest() -> None:
    config, role = live()[:2]
    config["data"] = {"a": "2"}
    found = read(FakeKube(namespace(), record(), config, role), WANTED)
    assert [(drift.ref, drift.missing, drift.paths) for drift in found.drift] == [
        (Ref("v1", "ConfigMap", "apps", "one"), False, ("data.a",)),
        (Ref("apps/v1", "DaemonSet", "apps", "run"), True, ()),
    ]


def test_one_that_lost_the_label_by_which_it_is_listed_is_not_missing() -> None:
    config, role, daemon = live()
    del config["metadata"]["labels"]["app"]
    kube = FakeKube(namespace(), record(), config, role, daemon)
    assert [drift.paths for drift in read(kube, WANTED).drift] == [("metadata.labels.app",)]
    assert kube.requests.count("get ConfigMap") == 1


def test_the_newest_revision_counts_and_an_unfinished_one_is_not_compared() -> None:
    found = read(FakeKube(namespace(), record(), record("pending-upgrade", 2)), WANTED)
    assert found.release
    assert (found.release.revision, found.drift) == (2, ())


def test_others_are_what_somebody_has_put_there() -> None:
    thing = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "mine", "namespace": "apps"}}
    born = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "apps"}}
    kube = FakeKube(
        *(namespace(**{"app.kubernetes.io/managed-by": "homelab.network"}), record(), *live(), DEFINITION, thing, born),
        secret("made-by-a-pod", metadata={"ownerReferences": [{"kind": "Deployment"}]}),
        secret("token", type="kubernetes.io/service-account-token"),
        secret("mine", data={}),
    )
    found = read(kube, replace(WANTED, present=False))
    assert [(other.kind, other.name) for other in found.others] == [("Thing", "mine"), ("Secret", "mine")]
    assert [where.name for where in found.remains] == ["one", "all", "run"]


def test_objects_of_the_kinds_that_go_with_the_release_are_not_others() -> None:
    thing = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "mine", "namespace": "apps"}}
    kube = FakeKube(
        namespace(**{"app.kubernetes.io/managed-by": "homelab.network"}),
        record(manifest=yaml.safe_dump(DEFINITION)),
        DEFINITION,
        thing,
    )
    assert read(kube, replace(WANTED, present=False)).others == ()


@pytest.mark.parametrize("labels", [{}, {"app.kubernetes.io/managed-by": "homelab.network"}])
def test_others_are_only_read_where_they_decide(labels: dict[str, str]) -> None:
    kube = FakeKube(namespace(**labels), record(), *live())
    read(kube, replace(WANTED, present=not labels))
    assert "list ConfigMap" in kube.requests
    assert ("list CronJob" in kube.requests) is bool(labels)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({**record(), "data": {"release": "%"}}, "Secret sh.helm.release.v1.app.v1 is there, but its content is not"),
        (record(manifest="a: ["), "helm get manifest app --namespace apps"),
        (record(manifest="kind: ConfigMap"), "Cannot understand revision 1 of Helm release apps/app"),
        (record(manifest="- 1"), "Cannot understand revision 1 of Helm release apps/app"),
    ],
)
def test_what_cannot_be_read_is_one_error(broken: dict[str, t.Any], message: str) -> None:
    with pytest.raises(ComponentError, match=message):
        read(FakeKube(namespace(), broken), WANTED)
