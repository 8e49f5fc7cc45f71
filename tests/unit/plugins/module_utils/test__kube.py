# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of a Kubernetes API: which requests it sends, and what its errors say."""

from __future__ import annotations

import json
import socket
import time
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import Kube, KubeError, marked

from .fake_http import FakeHttp, fake_http

KINDS = {
    "resources": [
        {"name": "things", "kind": "Thing", "namespaced": True},
        {"name": "things/status", "kind": "Thing", "namespaced": True},
        {"name": "nodes", "kind": "Node", "namespaced": False},
    ]
}
THING = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": "n", "uid": "u1"}}
FOUND = (200, {}, {**THING, "spec": {}})


class Api:
    """Models an API server of one group: its kinds, and one prepared answer for everything else."""

    def __init__(self, *answers: tuple[int, dict[str, str], t.Any]) -> None:
        self.answers = list(answers)

    def __call__(self, _method: str, path: str, _body: t.Any) -> tuple[int, dict[str, str], t.Any]:
        """The answer to one request."""
        if path.startswith("/apis/unknown/"):
            return 404, {}, {"message": "the server could not find the requested resource"}
        if path in {"/apis/example.org/v1", "/api/v1"}:
            return 200, {}, KINDS
        return self.answers.pop(0)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("K8S_AUTH_KUBECONFIG", "K8S_AUTH_HOST", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)


def connect(server: FakeHttp, **options: t.Any) -> Kube:
    """A client with a token."""
    return Kube.connect({"host": server.url, "api_key": "a-token", **options})


def sent(server: FakeHttp) -> list[tuple[str, str]]:
    """Methods and paths of the requests."""
    return [(method, path) for method, path, _headers, _body in server.requests]


def test_a_list_takes_the_kinds_of_one_group_once() -> None:
    items = (200, {}, {"items": [{"metadata": {"name": "a"}}]})
    with fake_http(Api(items, items)) as server:
        kube = connect(server)
        found = kube.list("example.org/v1", "Thing", "n", label_selector="a=b")
        kube.list("example.org/v1", "Thing")
        assert sent(server) == [
            ("GET", "/apis/example.org/v1"),
            ("GET", "/apis/example.org/v1/namespaces/n/things?labelSelector=a%3Db"),
            ("GET", "/apis/example.org/v1/things"),
        ]
        assert found == [{"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}}]
        assert {headers["authorization"] for _method, _path, headers, _body in server.requests} == {"Bearer a-token"}


def test_what_the_api_does_not_have_is_none() -> None:
    with fake_http(Api((404, {}, {}), (404, {}, {}))) as server:
        kube = connect(server)
        assert kube.list("unknown/v1", "Thing") is None
        assert kube.list("example.org/v1", "Other") is None
        assert kube.list("example.org/v1", "Thing") is None
        assert kube.get("example.org/v1", "Thing", "a", "n") is None
        assert (kube.serves("example.org/v1", "Thing"), kube.serves("example.org/v1", "Other")) == (True, False)


def test_a_kind_that_was_missing_is_looked_for_again() -> None:
    kinds: dict[str, t.Any] = {"resources": []}
    with fake_http(lambda _method, path, _body: (200, {}, kinds if path == "/apis/g/v1" else {"items": []})) as server:
        kube = connect(server)
        assert kube.list("g/v1", "Thing") is None
        kinds["resources"] = [{"name": "things", "kind": "Thing", "namespaced": True}]
        assert kube.list("g/v1", "Thing") == []


def test_writes_name_the_field_manager_and_are_strict() -> None:
    with fake_http(Api(FOUND, FOUND, FOUND, FOUND)) as server:
        kube = connect(server)
        kube.apply(THING)
        kube.apply(THING, force=True, dry_run=True)
        kube.patch({**THING, "spec": {"a": None}})
        kube.delete(THING)
        requests = [
            (method, path.partition("?")[2], headers["Content-Type"])
            for method, path, headers, _body in server.requests[1:]
        ]
        bodies = [json.loads(body) for _method, _path, _headers, body in server.requests[1:]]
    manager = "fieldManager=homelab.network"
    assert requests == [
        ("PATCH", f"{manager}&force=false&fieldValidation=Strict", "application/apply-patch+yaml"),
        ("PATCH", f"{manager}&force=true&fieldValidation=Strict&dryRun=All", "application/apply-patch+yaml"),
        ("PATCH", f"{manager}&fieldValidation=Strict", "application/merge-patch+json"),
        ("DELETE", "", "application/json"),
    ]
    assert bodies[0] == THING
    assert bodies[3]["preconditions"] == {"uid": "u1"}


def test_deleting_what_is_gone_is_fine_and_writing_an_unknown_kind_is_not() -> None:
    with fake_http(Api((404, {}, {}))) as server:
        connect(server).delete(THING)
        with pytest.raises(KubeError, match=r"does not know Thing of unknown/v1. Install the component"):
            connect(server).apply({**THING, "apiVersion": "unknown/v1"})


def test_a_server_that_asks_to_come_back_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    busy = (429, {"Retry-After": "1"}, {"message": "storage is (re)initializing"})
    with fake_http(Api(busy, busy, FOUND)) as server:
        assert connect(server).get("example.org/v1", "Thing", "a", "n") == FOUND[2]


@pytest.mark.parametrize("status", [400, 401, 403, 409, 422, 500, 503])
def test_no_other_answer_is_asked_for_twice(status: int) -> None:
    answer = (status, {}, {"message": "no.", "reason": "Because"})
    with fake_http(Api(answer)) as server:
        with pytest.raises(KubeError, match=r"Cannot read Thing n/a: the API server .* answered \d+: no\.") as caught:
            connect(server).get("example.org/v1", "Thing", "a", "n")
        assert len(server.requests) == 2
    assert (caught.value.status, caught.value.details) == (status, {"status": status, "reason": "Because"})


@pytest.mark.parametrize(
    ("status", "message", "unreachable", "denied"),
    [
        (500, 'Internal error occurred: failed calling webhook "w": connect: connection refused', True, False),
        (400, 'admission webhook "w" denied the request: overlaps', False, True),
        (403, 'admission webhook "w" denied the request: overlaps', False, True),
        (500, "Internal error occurred: etcd", False, False),
    ],
)
def test_webhooks_are_told_apart(status: int, message: str, unreachable: bool, denied: bool) -> None:
    with fake_http(Api((status, {}, {"message": message}))) as server, pytest.raises(KubeError) as caught:
        connect(server).apply(THING)
    assert (caught.value.webhook_unreachable, caught.value.webhook_denied) == (unreachable, denied)
    assert "Role" not in caught.value.msg


def test_an_answer_that_is_no_json_is_told() -> None:
    page = "<html>Bad Gateway</html>"
    with fake_http(Api((502, {}, page))) as server, pytest.raises(KubeError, match=f"answered 502: {page}"):
        connect(server).get("example.org/v1", "Thing", "a", "n")


def test_a_refused_connection_names_the_server_and_the_cause() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        kube = Kube.connect({"host": f"https://127.0.0.1:{port}", "api_key": "a-token"})
        with pytest.raises(KubeError, match=f"https://127.0.0.1:{port} cannot be reached: .*Connection refused. Check"):
            kube.list("v1", "Node")


def test_a_server_without_an_answer_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.homelab.network.plugins.module_utils._kube.READ_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        kube = Kube.connect({"host": f"http://127.0.0.1:{silent.getsockname()[1]}", "api_key": "a-token"})
        with pytest.raises(KubeError, match="the connection stands, but no answer came in time"):
            kube.list("v1", "Node")


def test_options_that_name_no_server_are_told(tmp_path: t.Any) -> None:
    (tmp_path / "kubeconfig").write_text("no: kubeconfig")
    with pytest.raises(KubeError, match=r"Cannot tell which Kubernetes API server .*kubeconfig: .*, context: mine"):
        Kube.connect({"kubeconfig": str(tmp_path / "kubeconfig"), "context": "mine"})


def test_secrets_of_a_kubeconfig_given_as_a_dictionary_are_masked() -> None:
    class FakeModule:
        """Models what connect() takes of an AnsibleModule."""

        no_log_values: set[str] = set()  # noqa: RUF012  # as in AnsibleModule
        params: t.ClassVar[dict[str, t.Any]] = {
            "kubeconfig": {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": "https://192.0.2.1:6443"}}],
                "users": [{"name": "u", "user": {"token": "secret-token"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            }
        }

    assert Kube.connect(FakeModule()).server == "https://192.0.2.1:6443"
    assert FakeModule.no_log_values == {"secret-token"}


def test_the_mark() -> None:
    assert marked({"metadata": {"labels": {"app.kubernetes.io/managed-by": "homelab.network"}}})
    assert not marked({"metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}})
    assert not marked({"metadata": {}})
