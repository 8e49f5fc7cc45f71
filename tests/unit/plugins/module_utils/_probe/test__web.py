# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe import _resolver, _sockets
from ansible_collections.homelab.network.plugins.module_utils._probe._outcome import Outcome
from ansible_collections.homelab.network.plugins.module_utils._probe._sockets import check_tcp, check_tls, check_udp
from ansible_collections.homelab.network.plugins.module_utils._probe._web import check_http, check_page

from .fake_web import FakeWeb


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate with its key, good for web.test."""
    path = tmp_path_factory.mktemp("tls") / "web.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=web.test", "-addext", "subjectAltName=DNS:web.test"]
    subprocess.run([*command, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(certificate: Path) -> t.Iterator[FakeWeb]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FakeWeb(context=context) as web:
        yield web


@pytest.fixture
def trust(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this host trust the certificate."""
    original = ssl.create_default_context
    monkeypatch.setattr(_sockets.ssl, "create_default_context", lambda: original(cafile=f"{certificate}.crt"))


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def http(web: FakeWeb, **changes: t.Any) -> Outcome:
    scheme = changes.pop("scheme", "http")
    options = {"address": "127.0.0.1", "status": None, "contains": None, "validate": True, "timeout": 2}
    return check_http(url=f"{scheme}://web.test:{web.port}/x?y", **{**options, **changes})


def test_a_page_at_an_address() -> None:
    with FakeWeb() as web:
        outcome = http(web, contains="ello")
    assert outcome.status == "ok"
    assert outcome.detail == f"http://web.test:{web.port}/x?y at 127.0.0.1: status 200"
    assert outcome.facts == {"code": 200, "target": "127.0.0.1"}
    assert web.requests == [("/x?y", f"web.test:{web.port}")]


@pytest.mark.parametrize(
    ("code", "status", "contains", "verdict", "detail"),
    [
        (404, None, None, "ok", "status 404"),
        (301, None, None, "ok", "status 301"),
        (503, None, None, "failed", "status 503, which is an error of the server"),
        (404, [200, 204], None, "failed", "status 404, expected 200, 204"),
        (503, [503], None, "ok", "status 503"),
        (200, None, "bye", "failed", "status 200, but the page does not contain 'bye'"),
    ],
)
def test_what_is_right(code: int, status: list[int] | None, contains: str | None, verdict: str, detail: str) -> None:
    with FakeWeb(code) as web:
        outcome = http(web, status=status, contains=contains)
    assert outcome.status == verdict
    assert outcome.detail.endswith(detail)
    assert len(web.requests) == 1


def test_a_page_without_end() -> None:
    with FakeWeb(body=b"x" * 3_000_000) as web:
        assert http(web, contains="y").status == "failed"


def test_a_page_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resolver, "addresses", lambda name, _family, _timeout: {"web.test": ["127.0.0.1"]}[name])
    with FakeWeb() as web:
        outcome = check_page(url=f"http://web.test:{web.port}/", status=None, contains=None, validate=True, timeout=2)
    assert outcome.status == "ok"
    assert outcome.facts["target"] == "127.0.0.1"


def test_the_next_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resolver, "addresses", lambda *_arguments: ["::1", "127.0.0.1"])
    with FakeWeb() as web:
        outcome = http(web, address=None)
    assert outcome.status == "ok"


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resolver, "addresses", lambda *_arguments: [])
    with FakeWeb() as web:
        outcome = http(web, address=None)
    assert outcome.status == "failed"
    assert outcome.detail.endswith(": the resolver of this host knows no web.test")


def test_a_name_that_cannot_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> list[str]:
        raise _resolver.LookupFailure("no answer within 2 s")

    monkeypatch.setattr(_resolver, "addresses", fail)
    with FakeWeb() as web:
        assert http(web, address=None).detail.endswith("web.test cannot be looked up: no answer within 2 s")


def _serve_once(reply: bytes) -> tuple[int, threading.Thread]:
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _client = server.accept()
        with server, connection:
            connection.recv(4096)
            connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    return server.getsockname()[1], thread


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (b"SSH-2.0-x\r\n", "it does not speak HTTP (BadStatusLine)"),
        (b"", "Remote end closed connection without response"),
    ],
)
def test_what_is_no_web_server(reply: bytes, why: str) -> None:
    port, thread = _serve_once(reply)
    outcome = check_http(
        url=f"http://127.0.0.1:{port}/", address=None, status=None, contains=None, validate=True, timeout=2
    )
    thread.join()
    assert outcome.status == "failed"
    assert why in outcome.detail


def test_a_server_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        outcome = check_http(url=url, address=None, status=None, contains=None, validate=True, timeout=0.3)
    assert outcome.detail == f"{url} at 127.0.0.1: no answer within 0.3 s"


@pytest.mark.usefixtures("trust")
def test_https(secure: FakeWeb) -> None:
    assert http(secure, scheme="https").status == "ok"


def test_https_with_a_certificate_of_nobody(secure: FakeWeb) -> None:
    outcome = http(secure, scheme="https")
    assert outcome.status == "failed"
    assert "the certificate is not accepted: self" in outcome.detail
    assert http(secure, scheme="https", validate=False).status == "ok"


@pytest.mark.usefixtures("trust")
def test_tls(secure: FakeWeb) -> None:
    options = {"address": "127.0.0.1", "port": secure.port, "timeout": 2}
    good = check_tls(**options, server_name="web.test", validate=True)
    assert good.status == "ok"
    assert good.facts["protocol"].startswith("TLSv1")
    assert good.facts["not_after"].endswith("GMT")
    wrong = check_tls(**options, server_name="other.test", validate=True)
    assert wrong.status == "failed"
    assert "the certificate is not accepted: Hostname mismatch" in wrong.detail
    anyway = check_tls(**options, server_name="other.test", validate=False)
    assert (anyway.status, anyway.facts["not_after"]) == ("ok", None)


def test_tls_with_a_server_that_has_none() -> None:
    with FakeWeb() as web:
        outcome = check_tls(address="127.0.0.1", port=web.port, server_name="web.test", validate=True, timeout=2)
    assert outcome.status == "failed"
    assert ": no TLS: " in outcome.detail


def test_tcp() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert check_tcp("127.0.0.1", port, 1).status == "ok"
    outcome = check_tcp("127.0.0.1", port, 1)
    assert outcome.status == "failed"
    assert outcome.detail == f"127.0.0.1 port {port}: nothing listens there (connection refused)"


@pytest.mark.parametrize(("payload", "status"), [(None, "unproved"), ("ping", "failed")])
def test_udp_silence(payload: str | None, status: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        outcome = check_udp("127.0.0.1", server.getsockname()[1], payload, 0.2)
    assert outcome.status == status
    assert "no answer within 0.2 s" in outcome.detail


def test_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            data, client = server.recvfrom(99)
            server.sendto(data.upper(), client)

        thread = threading.Thread(target=serve)
        thread.start()
        port = server.getsockname()[1]
        outcome = check_udp("127.0.0.1", port, "ping", 2)
        thread.join()
    assert outcome.status == "ok"
    assert outcome.detail == f"127.0.0.1 port {port} answers (4 bytes)"
    assert check_udp("127.0.0.1", port, None, 1).status == "failed"
