# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of Helm."""

from __future__ import annotations

import base64
import gzip
import json
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._component._release import (
    Release,
    decode,
    newest,
    same_version,
    selector,
)

PAYLOAD: dict[str, t.Any] = {
    "name": "metallb",
    "namespace": "metallb-system",
    "version": 3,
    "info": {"status": "deployed"},
    "chart": {"metadata": {"name": "metallb", "version": "0.16.1", "appVersion": "v0.16.1"}},
    "config": {"frrk8s": {"enabled": False}},
    "manifest": "---\n",
}


def record(payload: dict[str, t.Any], compressed: bool = True, **labels: str) -> dict[str, t.Any]:
    """The Secret in which Helm keeps a revision."""
    text = json.dumps(payload).encode()
    packed = base64.b64encode(base64.b64encode(gzip.compress(text) if compressed else text)).decode()
    return {"metadata": {"name": "sh.helm.release.v1.metallb.v3", "labels": labels}, "data": {"release": packed}}


@pytest.mark.parametrize("compressed", [True, False])
def test_decode(compressed: bool) -> None:
    assert decode(record(PAYLOAD, compressed, createdAt="100", modifiedAt="120")) == Release(
        name="metallb",
        namespace="metallb-system",
        revision=3,
        status="deployed",
        chart="metallb",
        version="0.16.1",
        app_version="v0.16.1",
        written=120,
        values={"frrk8s": {"enabled": False}},
        manifest="---\n",
        record="sh.helm.release.v1.metallb.v3",
    )


def test_decode_without_values_labels_and_app_version() -> None:
    chart = {"metadata": {"name": "metallb", "version": "0.16.1"}}
    release = decode({**record({**PAYLOAD, "config": None, "chart": chart})})
    assert (release.values, release.app_version, release.written) == ({}, "", 0)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"release": "%"},
        {"release": base64.b64encode(b"x").decode()},
        {"release": base64.b64encode(base64.b64encode(b"\x1f\x8b\x08 broken")).decode()},
        {"release": base64.b64encode(base64.b64encode(b"[1]")).decode()},
    ],
)
def test_decode_refuses_what_helm_did_not_write(data: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not what Helm writes"):
        decode({"metadata": {"name": "x"}, "data": data})


@pytest.mark.parametrize(
    ("status", "deployed", "pending"),
    [
        ("deployed", True, False),
        ("failed", False, False),
        ("pending-upgrade", False, True),
        ("uninstalling", False, True),
    ],
)
def test_status(status: str, deployed: bool, pending: bool) -> None:
    release = decode(record({**PAYLOAD, "info": {"status": status}}))
    assert (release.deployed, release.pending) == (deployed, pending)


def test_newest_counts_and_does_not_sort_text() -> None:
    releases = [decode(record({**PAYLOAD, "version": version})) for version in (9, 10, 2)]
    found = newest(releases)
    assert found
    assert found.revision == 10
    assert newest([]) is None


def test_selector_leaves_the_past_out() -> None:
    assert selector("metallb") == "owner=helm,name=metallb,status notin (superseded,uninstalled)"


@pytest.mark.parametrize(
    ("version", "wanted", "same"),
    [("0.16.1", "0.16.1", True), ("v1.2.3", "1.2.3", True), ("1.2.3", "v1.2.3", True), ("0.16.1", "0.16.10", False)],
)
def test_same_version(version: str, wanted: str, same: bool) -> None:
    assert same_version(version, wanted) is same
