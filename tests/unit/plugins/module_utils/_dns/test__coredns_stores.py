# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils import _kube
from ansible_collections.homelab.network.plugins.module_utils._dns import _coredns_stores
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection
from ansible_collections.homelab.network.plugins.module_utils._dns._coredns_stores import ConfigMap, Folder
from ansible_collections.homelab.network.plugins.module_utils._dns._error import Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._text_file import replace_text
from ansible_collections.homelab.network.plugins.module_utils._kube import Kube, KubeError

JSONObject = dict[str, t.Any]


class FakeKube:
    """An API server that holds one ConfigMap, and lets nobody see Deployments."""

    server = "https://192.0.2.1:6443"

    def __init__(self) -> None:
        self.held: JSONObject | None = None
        self.written: list[JSONObject] = []

    def get(self, api_version: str, kind: str, name: str, namespace: str) -> JSONObject | None:
        if kind == "Deployment":
            raise KubeError("not allowed", 403, "Forbidden")
        assert (api_version, kind, name, namespace) == ("v1", "ConfigMap", "coredns-custom", "kube-system")
        return self.held

    def apply(self, obj: JSONObject) -> JSONObject:
        return self.patch(obj)

    def patch(self, obj: JSONObject) -> JSONObject:
        version = obj["metadata"].get("resourceVersion")
        if self.held and self.held["metadata"]["resourceVersion"] != version:
            raise KubeError("the object has been modified", 409, "Conflict")
        self.written.append(obj)
        data = {**(self.held or {}).get("data", {}), **obj["data"]}
        kept = {name: text for name, text in data.items() if text is not None}
        self.held = {"metadata": {"resourceVersion": str(len(self.written))}, "data": kept}
        return self.held


@pytest.fixture
def kube(monkeypatch: pytest.MonkeyPatch) -> FakeKube:
    """The API server that a store connects to."""
    fake = FakeKube()
    given: list[JSONObject] = []
    monkeypatch.setattr(Kube, "connect", lambda params: given.append(params) or fake)
    return fake


def test_without_a_look_at_the_deployment_it_is_taken_for_that_of_k3s(kube: FakeKube) -> None:
    store = ConfigMap(Connection())
    assert (store.folder, store.version, store.corefile) == ("/etc/coredns/custom", "", "")
    assert store.at == f"CoreDNS of {kube.server}"


def test_only_what_changes_is_sent_upon_the_version_that_was_read(kube: FakeKube) -> None:
    store = ConfigMap(Connection())
    assert store.read() == {}
    store.write({}, {"a": "1", "b": "2", "c": "3"})
    store.write({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4"})
    assert [obj["data"] for obj in kube.written] == [{"a": "1", "b": "2", "c": "3"}, {"b": "4", "c": None}]
    assert [obj["metadata"].get("resourceVersion") for obj in kube.written] == [None, "1"]
    other = ConfigMap(Connection())
    other.write(other.read(), {"a": "5"})
    with pytest.raises(Raced, match="has changed since it was read"):
        store.write({"a": "1", "b": "4"}, {})


def test_one_that_appears_meanwhile_is_no_ground_to_write_upon(kube: FakeKube) -> None:
    store = ConfigMap(Connection())
    store.read()
    kube.held = {"metadata": {"resourceVersion": "9"}, "data": {}}
    with pytest.raises(Raced):
        store.write({}, {"a": "1"})


def test_other_errors_are_told(kube: FakeKube, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> t.NoReturn:
        raise KubeError("broken", 500)

    store = ConfigMap(Connection())
    monkeypatch.setattr(kube, "patch", broken)
    with pytest.raises(_kube.KubeError, match="broken"):
        store.write({}, {"a": "1"})
    monkeypatch.setattr(kube, "get", broken)
    with pytest.raises(_kube.KubeError, match="broken"):
        ConfigMap(Connection())


def test_a_folder_holds_texts_and_hides_what_is_hidden(tmp_path: Path) -> None:
    for name in ("a.zone", ".b.zone", "c.server"):
        (tmp_path / name).write_text(name, encoding="ascii")
    (tmp_path / "folder").mkdir()
    store = Folder(Connection(path=f"{tmp_path}/"))
    before = store.read()
    assert before == {"a.zone": "a.zone", "c.server": "c.server"}
    store.write(before, {"a.zone": "new"})
    assert store.read() == {"a.zone": "new"}
    with pytest.raises(Raced, match="have changed since they were read"):
        store.write(before, {})


@pytest.mark.parametrize("place", ["custom", "."])
def test_a_corefile_in_the_folder_or_beside_it_is_seen(tmp_path: Path, place: str) -> None:
    (tmp_path / "custom").mkdir()
    store = Folder(Connection(path=f"{tmp_path}/custom"))
    store.read()
    assert store.corefile == ""
    (tmp_path / place / "Corefile").write_text(". {\n}\n", encoding="ascii")
    store.read()
    assert store.corefile == ". {\n}\n"


def test_a_server_block_never_stands_without_its_zone_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends a task between two files: CoreDNS does not start with a zone file that is missing."""
    seen: list[list[str]] = []

    def watched(path: Path, text: str | None, at: str) -> None:
        replace_text(path, text, at)
        seen.append(sorted(item.name for item in tmp_path.iterdir()))

    monkeypatch.setattr(_coredns_stores, "replace_text", watched)
    store = Folder(Connection(path=str(tmp_path)))
    store.write({}, {"a.server": "x", "a.zone": "x", "b.server": "x"})
    store.write(store.read(), {"b.server": "x"})
    assert seen == [
        ["a.zone"],
        ["a.server", "a.zone"],
        ["a.server", "a.zone", "b.server"],
        ["a.zone", "b.server"],
        ["b.server"],
    ]
