# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why something has to be done, and for what reasons nothing has."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.homelab.network.plugins.module_utils._component._component import (
    Drift,
    Found,
    Wanted,
    namespace_reasons,
    release_reasons,
)
from ansible_collections.homelab.network.plugins.module_utils._component._manifest import Ref
from ansible_collections.homelab.network.plugins.module_utils._component._release import Release

MARK = "homelab.network/release.app"
WANTED = Wanted("app", "apps", "1.2.3", {"a": 1}, {"l": "x"}, present=True)
RELEASE = Release("app", "apps", 4, "deployed", "chart", "1.2.3", "", 0, {"a": 1}, "", "record")
OTHER = Ref("v1", "ConfigMap", "apps", "mine")


def namespace(labels: dict[str, str], *marks: str) -> dict[str, t.Any]:
    return {"metadata": {"labels": labels, "annotations": dict.fromkeys(marks, "managed")}}


FOUND = Found(namespace({"l": "x", "more": "y"}, MARK), RELEASE)


def test_nothing_to_do() -> None:
    assert namespace_reasons(WANTED, FOUND) == release_reasons(WANTED, FOUND) == []


@pytest.mark.parametrize(
    ("live", "reasons"),
    [
        (None, ["namespace apps does not exist"]),
        (namespace({"l": "y"}, MARK), ["label l of namespace apps is y, not x"]),
        (namespace({}, MARK), ["label l of namespace apps is missing, not x"]),
        (namespace({"l": "x"}), ["namespace apps does not say that release app is managed here"]),
        (namespace({"l": "x"}, MARK + "le"), ["namespace apps does not say that release app is managed here"]),
    ],
)
def test_namespace(live: dict[str, t.Any] | None, reasons: list[str]) -> None:
    assert namespace_reasons(WANTED, replace(FOUND, namespace=live)) == reasons


@pytest.mark.parametrize(
    ("release", "reasons"),
    [
        (None, ["release app is not installed"]),
        (replace(RELEASE, status="failed"), ["revision 4 of release app is failed"]),
        (replace(RELEASE, version="1.2.2"), ["chart chart has version 1.2.2, not 1.2.3"]),
        (replace(RELEASE, version="v1.2.3"), []),
        (replace(RELEASE, values={"a": "secret"}), ["the values differ at a"]),
        (replace(RELEASE, values={"a": 1, "b": {"c": "secret"}}), ["the values differ at b"]),
    ],
)
def test_release(release: Release | None, reasons: list[str]) -> None:
    assert release_reasons(WANTED, replace(FOUND, release=release)) == reasons


def test_values_are_named_by_their_paths() -> None:
    wanted = replace(WANTED, values={"a": {"b": {"c": 1, "d": 2}}, "e": [1]})
    found = replace(FOUND, release=replace(RELEASE, values={"a": {"b": {"c": 2, "d": 2}}, "e": [2], "f": None}))
    assert release_reasons(wanted, found) == ["the values differ at a.b.c, e, f"]


def test_what_is_not_asked_for_is_not_compared() -> None:
    wanted = replace(WANTED, chart_version=None, values=None, namespace_labels={})
    assert release_reasons(wanted, FOUND) == namespace_reasons(wanted, FOUND) == []


@pytest.mark.parametrize(
    ("found", "in_namespace", "in_release"),
    [
        pytest.param(Found(None, None), 0, 0, id="nothing there"),
        pytest.param(Found(namespace({}), None), 0, 0, id="a namespace of somebody else"),
        pytest.param(FOUND, 1, 1, id="marked"),
        pytest.param(Found(namespace({}, MARK), None), 1, 0, id="only the mark is left"),
        pytest.param(Found(namespace({}), None, ours=True), 1, 0, id="only our namespace is left"),
        pytest.param(
            Found(namespace({}), None, others=(OTHER,), ours=True), 0, 0, id="our namespace is used by others"
        ),
        pytest.param(Found(namespace({}), RELEASE), 0, 1, id="a release of somebody else"),
    ],
)
def test_absent(found: Found, in_namespace: int, in_release: int) -> None:
    wanted = replace(WANTED, present=False)
    assert (len(namespace_reasons(wanted, found)), len(release_reasons(wanted, found))) == (in_namespace, in_release)


@pytest.mark.parametrize(
    ("drift", "text"),
    [
        (Drift({}, OTHER, missing=True), "ConfigMap apps/mine is missing"),
        (
            Drift({}, Ref("v1", "ClusterRole", "", "all"), missing=False, paths=("a", "b")),
            "ClusterRole all differs at a, b",
        ),
    ],
)
def test_drift_is_a_sentence(drift: Drift, text: str) -> None:
    assert str(drift) == text


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ({"kind": "Secret", "data": {"a": "MQ=="}}, False),
        ({"kind": "Secret", "stringData": {"a": "1"}}, False),
        ({"kind": "Secret", "data": None}, True),
        ({"kind": "ConfigMap", "data": {"a": "1"}}, True),
    ],
)
def test_what_a_secret_holds_is_not_shown(wanted: dict[str, t.Any], shown: bool) -> None:
    drift = Drift(wanted, Ref("v1", wanted["kind"], "apps", "x"), missing=True)
    assert drift.manifest == (wanted if shown else None)
