# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _pihole
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection, Interest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError, Raced
from ansible_collections.homelab.network.plugins.module_utils._dns._pihole import Pihole
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet

from ..fake_http import FakeHttp, fake_http

Answer = tuple[int, dict[str, str], t.Any]
CONFIG = {"dns": {"hosts": [], "cnameRecords": [], "port": 53}, "misc": {"dnsmasq_lines": [], "readOnly": False}}


def answers(config: dict[str, t.Any], **others: t.Any) -> t.Callable[[str, str, t.Any], Answer]:
    """A Pi-hole without a password that has this configuration; `others` are answers by the end of the path."""

    def answer(method: str, path: str, body: t.Any) -> Answer:  # noqa: ARG001  # the signature of all answers
        found = {
            "auth": {"session": {"valid": True, "sid": None}},
            "version": {"version": {"ftl": {"local": {"version": "v6.4.1"}}}},
            "config": {"config": config},
            "ftl": {"ftl": {"uptime": 0.0}},
            **others,
        }.get(path.rpartition("/")[2])
        return (200, {}, found) if found is not None else (404, {}, "")

    return answer


def backend(server: FakeHttp) -> Pihole:
    return Pihole(Connection(url=server.url, timeout=5))


def change(name: str, rtype: str, value: str) -> Change:
    return Change((name, rtype), None, Entry(RecordSet(name, rtype, (value,)), "home"))


@pytest.mark.parametrize("length", [1, 50, 6553])
def test_hosts_fill_a_request_to_its_limit(length: int) -> None:
    hosts = ["x" * length] * 70000
    count = _pihole._fitting(hosts)

    def size(number: int) -> int:
        return len(json.dumps({"config": {"dns": {"hosts": hosts[:number]}}}).encode())

    # FTL drops what has 64 KiB - 1 or more.
    assert size(count) < 64 * 1024 - 1 <= size(count + 1)
    assert _pihole._fitting(hosts[: count - 1]) == count - 1
    assert _pihole._fitting([]) == 0


def test_what_differs_from_the_plan_is_a_race() -> None:
    with fake_http(answers({**CONFIG, "dns": {**CONFIG["dns"], "hosts": ["192.0.2.9 a.test"]}})) as server:
        one = backend(server)
        with pytest.raises(Raced, match=r"somebody else changed a\.test A at the same time"):
            one.write([change("a.test", "A", "192.0.2.1")])
        assert {method for method, *_rest in server.requests} == {"GET"}


def test_a_server_that_does_not_restart_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pihole, "_BEGINS", 0.2)
    with fake_http(answers(CONFIG, ftl={"ftl": {"uptime": 10**6}})) as server:
        backend(server).write([change("a.test", "FWD", "192.0.2.1")])
        assert len([path for _method, path, *_rest in server.requests if path.endswith("/ftl")]) > 1


def test_a_server_that_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pihole, "_ENDS", 0.2)
    with fake_http(answers(CONFIG, ftl=None)) as server:
        one = backend(server)
        with pytest.raises(DnsError, match="took the changes and has not come back from its restart"):
            one.write([change("a.test", "FWD", "192.0.2.1")])


def test_settings_that_keep_it_from_answering() -> None:
    with fake_http(answers({**CONFIG, "dns": {**CONFIG["dns"], "port": 0}})) as server:
        snapshot = backend(server).read(Interest(frozenset(), frozenset(), everything=True))
    assert snapshot.warnings == (
        f"Pi-hole at {server.url} answers none of its records: its DNS server is switched off (dns.port is 0)",
    )


@pytest.mark.parametrize("answer", [{"session": None}, [], {"session": {"valid": False}}])
def test_another_server(answer: t.Any) -> None:
    with fake_http(answers(CONFIG, auth=answer)) as server, pytest.raises(DnsError, match="not answer like Pi-hole"):
        backend(server)
