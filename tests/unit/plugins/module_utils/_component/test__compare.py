# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What counts as a difference between a manifest and a live object."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._component._compare import differences
from hypothesis import given
from hypothesis import strategies as st


def compare(wanted: t.Any, live: t.Any, kind: str = "Deployment") -> list[str]:
    """The differences between two values of spec."""
    return differences({"kind": kind, "metadata": {}, "spec": wanted}, {"kind": kind, "metadata": {}, "spec": live})


def containers(*items: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"containers": list(items)}


@pytest.mark.parametrize(
    ("wanted", "live"),
    [
        pytest.param({"a": 1}, {"a": 1, "b": 2}, id="a default of Kubernetes"),
        pytest.param({"a": None}, {}, id="null is not said"),
        pytest.param({"a": {}, "b": [], "c": "", "d": 0, "e": False}, {}, id="empty and zero are not stored"),
        pytest.param({"a": {"b": {"c": None}}}, {}, id="nothing, deeply"),
        pytest.param(
            {"limits": {"cpu": 1, "memory": "1Gi"}}, {"limits": {"cpu": "1", "memory": "1024Mi"}}, id="quantity"
        ),
        pytest.param({"limits": {"cpu": "0.5"}}, {"limits": {"cpu": "500m"}}, id="decimal quantity"),
        pytest.param(
            containers({"name": "app", "image": "x"}),
            containers({"name": "injected"}, {"name": "app", "image": "x", "imagePullPolicy": "Always"}),
            id="a list with a merge key has no order and may have more",
        ),
        pytest.param(
            {"ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}]},
            {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP", "nodePort": 30053}]},
            id="ports are told apart by their protocol, which is TCP by default",
        ),
        pytest.param(
            {"volumes": [{"name": "x", "emptyDir": {}}]}, {"volumes": [{"name": "x", "emptyDir": {}}]}, id="same"
        ),
        pytest.param({"replicas": 1.0}, {"replicas": 1}, id="number"),
        pytest.param({"caBundle": "chart"}, {"caBundle": "controller"}, id="certificate of a webhook"),
    ],
)
def test_no_difference(wanted: t.Any, live: t.Any) -> None:
    assert compare(wanted, live) == []


@pytest.mark.parametrize(
    ("wanted", "live", "paths"),
    [
        pytest.param({"a": 1}, {"a": 2}, ["spec.a"], id="value"),
        pytest.param({"a": 1}, {}, ["spec.a"], id="gone"),
        pytest.param({"a": True}, {"a": 1}, ["spec.a"], id="true is not one"),
        pytest.param({"a": False}, {"a": True}, ["spec.a"], id="switched on"),
        pytest.param({"a": 0}, {"a": 3}, ["spec.a"], id="zero is said where something is there"),
        pytest.param({"a": {"b": 1}}, {"a": 1}, ["spec.a"], id="another type"),
        pytest.param({"a": {"b": 1, "c": 2}}, {"a": {"b": 2}}, ["spec.a.b", "spec.a.c"], id="several"),
        pytest.param({"args": ["--a", "--b"]}, {"args": ["--b", "--a"]}, ["spec.args[0]", "spec.args[1]"], id="order"),
        pytest.param({"args": ["--a"]}, {"args": ["--a", "--b"]}, ["spec.args"], id="one more"),
        pytest.param({"args": ["1000m"]}, {"args": ["1"]}, ["spec.args[0]"], id="a text is no quantity"),
        pytest.param({"limits": {"cpu": "1"}}, {"limits": {"cpu": "2"}}, ["spec.limits.cpu"], id="quantity"),
        pytest.param(
            containers({"name": "app", "args": ["--a"]}),
            containers({"name": "app", "args": ["--b"]}),
            ["spec.containers[app].args[0]"],
            id="inside a list with a merge key",
        ),
        pytest.param(containers({"name": "app"}), containers({"name": "x"}), ["spec.containers[app]"], id="item gone"),
        pytest.param({"ports": [{"port": 80}]}, {"ports": [{"port": 81}]}, ["spec.ports[80/TCP]"], id="port"),
        pytest.param(
            {"volumes": [{"name": "x", "emptyDir": {}}]},
            {"volumes": [{"name": "x", "hostPath": {"path": "/"}}]},
            ["spec.volumes[x].emptyDir"],
            id="an empty object that is a choice",
        ),
        pytest.param(
            {"subjects": [{"name": "app"}]},
            {"subjects": [{"name": "app"}, {"name": "intruder"}]},
            ["spec.subjects"],
            id="a list without a merge key may not have more",
        ),
        pytest.param(
            {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
            {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "3"}]},
            ["spec.env[1].value"],
            id="keys that are not unique",
        ),
    ],
)
def test_difference(wanted: t.Any, live: t.Any, paths: list[str]) -> None:
    assert compare(wanted, live) == paths


def test_metadata_is_labels_and_annotations_alone() -> None:
    wanted = {
        "kind": "X",
        "metadata": {"name": "a", "creationTimestamp": None, "labels": {"l": "1"}, "annotations": {"a": "1"}},
    }
    live = {"kind": "X", "metadata": {"name": "a", "labels": {"l": "1", "more": "2"}, "annotations": {"a": "2"}}}
    assert differences(wanted, live) == ["metadata.annotations.a"]
    assert differences(wanted, {**live, "metadata": {}}) == ["metadata.annotations", "metadata.labels"]


def test_status_and_type_are_not_compared() -> None:
    wanted = {"apiVersion": "v1", "kind": "X", "metadata": {}, "status": {"a": 1}}
    assert differences(wanted, {"apiVersion": "v2", "kind": "X", "metadata": {}, "status": {"a": 2}}) == []


def test_what_a_secret_holds_is_not_compared_but_its_type_is() -> None:
    wanted = {"kind": "Secret", "metadata": {}, "type": "Opaque", "data": {"a": "MQ=="}, "stringData": {"b": "2"}}
    assert differences(wanted, {"metadata": {}, "type": "Other", "data": {"a": "Mg=="}}) == ["type"]


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "name", "ports", "env"]), inner, max_size=3)
    ),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.sampled_from(["spec", "data", "rules"]), TREES, max_size=3)


@given(OBJECTS)
def test_a_manifest_is_what_it_says(content: dict[str, t.Any]) -> None:
    wanted = {"kind": "X", "metadata": {"labels": {"a": "b"}}, **content}
    assert differences(wanted, copy.deepcopy(wanted)) == []


@given(OBJECTS, OBJECTS)
def test_any_two_objects_can_be_compared(first: dict[str, t.Any], second: dict[str, t.Any]) -> None:
    paths = differences({"kind": "X", "metadata": {}, **first}, {"kind": "X", "metadata": {}, **second})
    assert paths == sorted(paths)
