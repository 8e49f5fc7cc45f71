# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import (
    Backend,
    Connection,
    Interest,
    Snapshot,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._cloudflare import Cloudflare
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._mikrotik import Mikrotik
from ansible_collections.homelab.network.plugins.module_utils._dns._opnsense import OpnSense
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._errors import NetworkError

from ..fake_http import fake_http

Answers = dict[str, tuple[int, t.Any]]

EVERYTHING = Interest(frozenset(), frozenset(), everything=True)
CREATE = Change(("a.test", "A"), None, Entry(RecordSet("a.test", "A", ("192.0.2.1",)), "us"))
SECRET = "a long secret"


def talk(kind: type[Backend], answers: Answers, changes: t.Sequence[Change] = ()) -> tuple[Snapshot, list[str]]:
    """What is read, and the requests made, where the server answers by the ends of paths; 404 to all others.

    These are the answers that the fakes of whole servers cannot be made to give.
    """

    def answer(dummy: str, path: str, body: t.Any) -> tuple[int, dict[str, str], t.Any]:
        del body
        found = [value for end, value in answers.items() if path.partition("?")[0].endswith(end)]
        status, text = found[0] if found else (404, "nothing here")
        return status, {"Content-Type": "text/html" if isinstance(text, str) else "application/json"}, text

    with fake_http(answer) as http:
        connection = Connection(url=http.url, username="house", password=SECRET, token=SECRET, timeout=5)
        with contextlib.closing(kind(connection)) as backend:
            snapshot = backend.read(EVERYTHING)
            if changes:
                backend.write(changes)
        return snapshot, [f"{method} {path}" for method, path, *dummy in http.requests]


def failure(kind: type[Backend], answers: Answers, changes: t.Sequence[Change] = ()) -> str:
    """The message of a task that fails."""
    with pytest.raises(NetworkError) as caught:
        talk(kind, answers, changes)
    assert SECRET not in caught.value.msg
    assert kind.title in caught.value.msg or "http://127.0.0.1" in caught.value.msg
    return caught.value.msg


ZONE = {"id": "1", "name": "Test", "status": "active"}
LIST = {"success": True, "errors": [], "result_info": None}


def test_cloudflare_behind_something_else() -> None:
    assert "GET zones: the answer is not JSON. Is" in failure(Cloudflare, {"/zones": (200, "<html>Log in")})
    assert "no reason given" in failure(Cloudflare, {"/zones": (400, ["odd"])})
    assert "the server answered 502" in failure(Cloudflare, {"/zones": (502, "<html>")})


def test_a_success_that_is_none_is_an_error() -> None:
    errors = {
        "success": False,
        "errors": [{"code": 1, "message": "no", "error_chain": [{"code": 2, "message": "yes"}]}],
    }
    assert "refused with 200: no (1); yes (2)" in failure(Cloudflare, {"/zones": (200, errors)})


def test_a_list_without_pages_is_read_once() -> None:
    record = {"id": "9", "name": "a.test", "type": "A", "content": "192.0.2.1", "ttl": 1}
    tlsa = {"id": "8", "name": "a.test", "type": "TLSA", "content": "3 1 1 00", "ttl": 1}
    answers: Answers = {
        "/zones": (200, {**LIST, "result": [ZONE]}),
        "/dns_records": (200, {**LIST, "result": [record, tlsa]}),
    }
    snapshot, requests = talk(Cloudflare, answers)
    assert snapshot.zones == {"test"}
    assert snapshot.entries == (Entry(RecordSet("a.test", "A", ("192.0.2.1",), 1)),)
    assert len(requests) == 2


ROUTER: Answers = {
    "/rest/system/resource": (200, {"version": "7.16"}),
    "/rest/ip/dns/static": (200, []),
    "/rest/ip/dns": (200, {}),
}


@pytest.mark.parametrize("version", ["7.16", "8.0beta1", "unknown"])
def test_versions_of_routeros(version: str) -> None:
    assert talk(Mikrotik, {**ROUTER, "/rest/system/resource": (200, [{"version": version}])})[0].version == version


def test_something_else_than_a_router() -> None:
    assert "Is it the URL of the web interface of a router with RouterOS 7?" in failure(Mikrotik, {})
    assert "the answer is not JSON" in failure(Mikrotik, {"/rest/system/resource": (200, "<html>")})
    for answer in ([], {}, "odd"):
        text = failure(Mikrotik, {"/rest/system/resource": (200, json.dumps(answer))})
        assert "does not answer like RouterOS. Is it the URL of its web interface?" in text
    assert "503" in failure(Mikrotik, {**ROUTER, "/rest/ip/dns/static": (503, "busy")})


FIREWALL: Answers = {
    "/service/status": (200, {"status": "running"}),
    "/searchHostOverride": (200, {"rows": []}),
    "/searchHostAlias": (200, {"rows": []}),
    "/searchForward": (200, {"rows": []}),
    "/listlocaldata": (200, {"status": "failed"}),
    "/core/firmware/status": (403, {"status": 403}),
    "/addHostOverride": (200, {"result": "saved", "uuid": "1"}),
    "/reconfigure": (200, {"status": "ok"}),
}


def test_an_opnsense_that_tells_neither_its_version_nor_what_unbound_holds() -> None:
    snapshot, requests = talk(OpnSense, FIREWALL, [CREATE])
    assert (snapshot.version, snapshot.warnings) == ("", ())
    assert [request.rpartition("/")[2] for request in requests[6:]] == ["addHostOverride", "reconfigure", "status"]


def test_what_unbound_holds_of_the_system_is_no_record_set() -> None:
    shown = {"name": "Gw.Test.", "ttl": "3600", "type": "IN", "rrtype": "A", "value": "192.0.2.254"}
    product = {"product": {"product_version": "26.7"}}
    answers = {**FIREWALL, "/listlocaldata": (200, {"data": [shown]}), "/core/firmware/status": (200, product)}
    assert talk(OpnSense, answers)[0] == Snapshot("26.7", ())


def test_an_unbound_that_cannot_be_reloaded() -> None:
    message = failure(OpnSense, {**FIREWALL, "/reconfigure": (200, {"status": "failed"})}, [CREATE])
    assert "the overrides are saved, but Unbound was not reloaded: {'status': 'failed'}. Restart it" in message
    message = failure(OpnSense, {**FIREWALL, "/addHostOverride": (200, {"result": "failed"})}, [CREATE])
    assert "did not do addHostOverride" in message
    assert "result: failed" in message


def test_something_else_than_an_opnsense() -> None:
    assert "404" in failure(OpnSense, {})
    assert "the answer is not JSON" in failure(OpnSense, {"/service/status": (200, "<html>")})
    for answers in ({"/service/status": (200, [])}, {**FIREWALL, "/searchForward": (200, {"result": "failed"})}):
        assert "does not answer like OPNsense. Is it the URL of its web interface?" in failure(OpnSense, answers)


def test_a_reload_that_takes_longer_than_an_answer() -> None:
    """Status 0 breaks the connection, as a timeout does."""
    requests = talk(OpnSense, {**FIREWALL, "/reconfigure": (0, {})}, [CREATE])[1]
    assert [request.rpartition("/")[2] for request in requests[7:]] == ["reconfigure", "status"]
    assert "500" in failure(OpnSense, {**FIREWALL, "/reconfigure": (500, {})}, [CREATE])
