# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import time
import traceback
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._http import Http, HttpError, api_key, basic, bearer

from .fake_http import fake_http


def failure(url: str, method: str = "GET", timeout: float = 5, **options: t.Any) -> HttpError:
    with pytest.raises(HttpError) as caught:
        Http(url, timeout=timeout, **options).json(method, "control/status")
    return caught.value


def test_a_body_has_the_exact_content_type_and_none_has_none() -> None:
    with fake_http(lambda *dummy: (200, {}, {"a": 1})) as server:
        http = Http(server.url + "/", timeout=5)
        assert http.json("POST", "api", {"b": "ü"}) == {"a": 1}
        assert http.json("GET", "api") == {"a": 1}
        http.close()
    (post, post_path, post_headers, data), (_method, get_path, get_headers, _data) = server.requests
    assert (post, post_path, get_path) == ("POST", "/api", "/api")
    assert post_headers["Content-Type"] == "application/json"
    assert data == b'{"b": "\\u00fc"}'
    assert "Content-Type" not in get_headers


def test_cookies_are_kept_and_netrc_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with fake_http(lambda *dummy: (200, {"Set-Cookie": "session=1; Path=/"}, {})) as server:
        http = Http(server.url, timeout=5)
        http.json("GET", "one")
        http.json("GET", "two")
        http.close()
    assert "Authorization" not in server.requests[0][2]
    assert server.requests[1][2]["Cookie"] == "session=1"


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    [
        (
            500,
            {"Content-Type": "text/plain"},
            "disk is\n full",
            "the server answered 500 Internal Server Error: disk is full",
        ),
        (404, {"Content-Type": "text/html"}, "<h1>no</h1>", "the server answered 404 Not Found"),
        (302, {"Location": "/login.html"}, "", "the server redirects to /login.html (302 Found). Use a URL"),
        (200, {"Content-Type": "text/html"}, "<h1>hi</h1>", "the answer is not JSON but text/html"),
        (200, {}, "", "the answer is not JSON but no content type"),
    ],
)
def test_answers_that_cannot_be_used(status: int, headers: dict[str, str], body: str, told: str) -> None:
    with fake_http(lambda *dummy: (status, headers, body)) as server:
        error = failure(server.url)
    assert f"GET {server.url}/control/status: {told}" in error.msg
    assert "<h1>" not in error.msg
    assert len(server.requests) == 1


def test_status_and_retry_after_are_kept() -> None:
    with fake_http(lambda *dummy: (429, {"Retry-After": "900"}, "")) as server:
        error = failure(server.url)
    assert (error.status, error.retry_after) == (429, "900")


def busy(times: int, later: str) -> t.Callable[..., tuple[int, dict[str, str], t.Any]]:
    """Answers 429 so many times, and then a number."""
    left = [times]

    def answer(*_dummy: object) -> tuple[int, dict[str, str], t.Any]:
        left[0] -= 1
        return (429, {"Retry-After": later}, "") if left[0] >= 0 else (200, {}, 1)

    return answer


def test_who_asks_to_come_later_is_asked_later() -> None:
    with fake_http(busy(2, "0")) as server:
        assert Http(server.url, timeout=5, patience=1).json("POST", "api", {}) == 1
    assert len(server.requests) == 3


@pytest.mark.parametrize("later", ["2", "never", "-1", ""])
def test_but_no_longer_than_there_is_patience(later: str) -> None:
    with fake_http(busy(1, later)) as server:
        error = failure(server.url, patience=1)
    assert error.status == 429
    assert len(server.requests) == 1


def test_patience_is_for_the_whole_session() -> None:
    with fake_http(busy(9, "1")) as server:
        error = failure(server.url, patience=1.5)
    assert error.status == 429
    assert len(server.requests) == 2


@pytest.mark.parametrize(("method", "requests"), [("GET", 2), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
def test_only_a_read_is_sent_again_when_the_connection_breaks(method: str, requests: int) -> None:
    with fake_http(lambda *dummy: (0, {}, "")) as server:
        error = failure(server.url, method)
    assert "no connection: " in error.msg
    assert len(server.requests) == requests


def test_a_form_parameters_and_headers() -> None:
    with fake_http(lambda *dummy: (200, {}, {})) as server:
        http = Http(server.url, timeout=5, headers={"X-API-Key": "a key"})
        http.call("POST", "api", form={"name": "a b", "type": "A"}, params={"zone": "home.arpa"})
        http.close()
    ((_method, path, headers, data),) = server.requests
    assert path == "/api?zone=home.arpa"
    assert (headers["Content-Type"], data) == ("application/x-www-form-urlencoded", b"name=a+b&type=A")
    assert headers["X-API-Key"] == "a key"


def test_basic_authentication() -> None:
    assert basic("Aladdin", "open sesame") == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
    assert basic("Zoë", " größe €") == {"Authorization": "Basic Wm/DqzogZ3LDtsOfZSDigqw="}


def test_tokens() -> None:
    assert bearer("s3cr3t") == {"Authorization": "Bearer s3cr3t"}
    assert api_key("s3 cr3t") == {"X-API-Key": "s3 cr3t"}


ENDS = "begins or ends with a blank or a line break"
HOLDS = "holds a character that no header can carry"


@pytest.mark.parametrize("header", [bearer, api_key])
@pytest.mark.parametrize(
    ("text", "why"),
    [("{}\n", ENDS), ("{}\r\n", ENDS), ("\t{}", ENDS), (" {}", ENDS), ("{}\n{}", HOLDS), ("{}€", HOLDS)],
)
def test_a_token_that_no_header_can_carry_is_told_but_not_shown(
    header: t.Callable[[str], object], text: str, why: str
) -> None:
    with pytest.raises(HttpError) as caught:
        header(text.format("s3cr3t", "s3cr3t"))
    assert f"token {why}" in caught.value.msg
    assert "|-" in caught.value.msg
    assert "s3cr3t" not in caught.value.msg


@pytest.mark.parametrize(
    ("username", "password", "told"),
    [
        ("house", "s3cr3t\n", f"password {ENDS}"),
        ("house", "s3\0cr3t", f"password {HOLDS}"),
        ("house\n", "s3cr3t", f"username {ENDS}"),
        ("house", "s3cr3t\udc80", f"password {HOLDS}"),
    ],
)
def test_a_login_with_characters_that_nobody_types(username: str, password: str, told: str) -> None:
    with pytest.raises(HttpError) as caught:
        basic(username, password)
    assert told in caught.value.msg
    assert "cr3t" not in caught.value.msg


@pytest.mark.parametrize("value", ["s3cr3t\n", " s3cr3t", "s3cr3t€"])
def test_a_header_that_cannot_be_sent_is_not_shown(value: str) -> None:
    with fake_http(lambda *dummy: (200, {}, {})) as server:
        error = failure(server.url, headers={"X-Session": value})
    assert "a header holds a character that cannot be sent" in error.msg
    assert "cr3t" not in "".join(traceback.format_exception(error))
    assert server.requests == []


def test_accepted_statuses_are_no_errors() -> None:
    with fake_http(lambda *dummy: (404, {}, "")) as server:
        http = Http(server.url, timeout=5)
        assert http.call("GET", "gone", accept=(200, 404)).status_code == 404
        http.close()


def test_nothing_listens() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        error = failure(url)
    assert f"GET {url}/control/status: no connection: Connection refused. Check that the server runs" in error.msg
    assert (error.status, error.retry_after) == (None, None)


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*dummy: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert "no connection: Name or service not known. Check" in failure("http://nowhere.test").msg


def test_a_server_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        began = time.monotonic()
        error = failure(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=0.3)
    assert "no answer within 0.3 s" in error.msg
    assert time.monotonic() - began < 3


def test_plain_http_where_tls_is_expected() -> None:
    with fake_http(lambda *dummy: (200, {}, {})) as server:
        error = failure(server.url.replace("http:", "https:"))
    assert "TLS failed: " in error.msg
    assert "Set ca_path" in error.msg


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    error = failure("http://192.0.2.1")
    assert "the proxy of the environment failed: Connection refused. Add the server to no_proxy" in error.msg


def test_a_missing_ca_file(tmp_path: Path) -> None:
    error = failure("https://127.0.0.1:1", ca_path=str(tmp_path / "none.pem"))
    assert "none.pem" in error.msg


@pytest.mark.parametrize(
    "url",
    [
        "",
        "adguard",
        "192.0.2.1:3000",
        "ftp://192.0.2.1",
        "http://",
        "http://a:b",
        "http://[::1",
        "http://a/?q",
        "http://a/#f",
    ],
)
def test_no_url(url: str) -> None:
    assert "is not of the form http(s)://host[:port][/path]" in failure(url).msg


@pytest.mark.parametrize("rest", ["192.0.2.1", "192.0.2.1:port", "[::1"])
def test_credentials_do_not_belong_into_the_url(rest: str) -> None:
    error = failure(f"http://house:hunter2hunter2@{rest}")
    assert "Use username and password" in error.msg
    assert "hunter2" not in error.msg


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_no_time_at_all(timeout: float) -> None:
    assert "above 0" in failure("http://192.0.2.1", timeout=timeout).msg
