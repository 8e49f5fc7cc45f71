# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import struct
import time

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._names import check_dns
from ansible_collections.homelab.network.plugins.module_utils._probe._query import QueryError, query

from .fake_dns import FakeDns


def reply_to(query: dns.message.Message, *records: str, rcode: int = 0, flags: int = 0) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.set_rcode(rcode)
    reply.flags |= flags
    reply.answer = [dns.rrset.from_text("plex.home.arpa.", 5, "IN", *record.split(" ", 1)) for record in records]
    return reply


def ask(server: FakeDns, timeout: float = 2.0) -> list[str]:
    message = query(server.address, server.port, "plex.home.arpa", "A", timeout)
    return sorted(record.value for record in message.answers)


def test_over_udp_with_edns() -> None:
    with FakeDns(lambda query, _transport: [reply_to(query, "A 192.0.2.1")]) as server:
        assert ask(server) == ["192.0.2.1"]
        ((asked, transport),) = server.queries
        assert (asked.payload, transport) == (1232, "udp")


def test_ids_are_not_predictable() -> None:
    with FakeDns(lambda query, _transport: [reply_to(query)]) as server:
        for _try in range(20):
            ask(server)
        assert len({asked.id for asked, _transport in server.queries}) > 15


def test_truncated_replies_are_asked_for_over_tcp() -> None:
    def answer(query: dns.message.Message, transport: str) -> list[dns.message.Message]:
        if transport == "udp":
            return [reply_to(query, flags=dns.flags.TC)]
        return [reply_to(query, *(f"A 192.0.2.{number}" for number in range(200)))]

    with FakeDns(answer) as server:
        assert len(ask(server)) == 200
        assert [transport for _asked, transport in server.queries] == ["udp", "tcp"]


@pytest.mark.parametrize("rcode", [dns.rcode.FORMERR, dns.rcode.NOTIMP])
def test_servers_that_do_not_know_edns(rcode: int) -> None:
    with FakeDns(lambda q, _t: [reply_to(q, rcode=rcode) if q.edns >= 0 else reply_to(q, "A 192.0.2.1")]) as server:
        assert ask(server) == ["192.0.2.1"]


def test_a_lost_query_is_sent_again() -> None:
    with FakeDns(lambda query, _t: [reply_to(query, "A 192.0.2.1")] if len(server.queries) > 1 else []) as server:
        assert ask(server) == ["192.0.2.1"]


def test_replies_to_other_questions_are_not_taken() -> None:
    def answer(query: dns.message.Message, _transport: str) -> list[dns.message.Message | bytes]:
        wrong_id = reply_to(query, "A 203.0.113.1")
        wrong_id.id = query.id ^ 1
        wrong_question = reply_to(dns.message.make_query("other.home.arpa", "A", id=query.id), "A 203.0.113.2")
        return [b"", wrong_id, wrong_question, query, reply_to(query, "A 192.0.2.1")]

    with FakeDns(answer) as server:
        assert ask(server) == ["192.0.2.1"]


def test_a_reply_that_is_no_message() -> None:
    why = "the answer is no DNS message: the message ends too early"
    junk = b"junk"
    with (
        FakeDns(lambda query, _t: [struct.pack("!H", query.id) + junk]) as server,
        pytest.raises(QueryError, match=why),
    ):
        ask(server)


def test_silence() -> None:
    with FakeDns(lambda _query, _t: []) as server:
        start = time.monotonic()
        with pytest.raises(QueryError, match=r"no answer within 0\.3 s"):
            ask(server, 0.3)
        assert time.monotonic() - start < 1


def test_a_connection_that_ends_too_early() -> None:
    with (
        FakeDns(lambda query, t: [reply_to(query, flags=dns.flags.TC)] if t == "udp" else []) as server,
        pytest.raises(QueryError, match="closed before its end"),
    ):
        ask(server)


def test_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(QueryError, match=f"nothing listens on port {port}"):
        query("127.0.0.1", port, "plex.home.arpa", "A", 1)


@pytest.mark.parametrize(
    ("records", "rcode", "expected", "status", "detail"),
    [
        (["A 192.0.2.1"], 0, ["192.0.2.1"], "ok", "192.0.2.1"),
        (["A 192.0.2.2", "A 192.0.2.1"], 0, ["192.0.2.1", "192.0.2.2"], "ok", "192.0.2.1, 192.0.2.2"),
        (["A 192.0.2.1"], 0, None, "ok", "192.0.2.1"),
        (["A 192.0.2.1"], 0, ["192.0.2.9"], "failed", "expected 192.0.2.9, got 192.0.2.1"),
        (["A 192.0.2.1", "A 192.0.2.2"], 0, ["192.0.2.1"], "failed", "got 192.0.2.1, 192.0.2.2"),
        ([], 3, ["192.0.2.1"], "failed", "with NXDOMAIN: expected 192.0.2.1, got no record"),
        ([], 0, ["192.0.2.1"], "failed", "with NOERROR: expected 192.0.2.1, got no record"),
        ([], 3, [], "ok", "plex.home.arpa has no A record, as expected"),
        ([], 0, None, "failed", "there is no such record"),
        (["A 192.0.2.1"], 0, [], "failed", "expected no record, got 192.0.2.1"),
        ([], 2, [], "failed", "answers plex.home.arpa A with SERVFAIL"),
        ([], 5, ["192.0.2.1"], "failed", "with REFUSED"),
    ],
)
def test_the_check(records: list[str], rcode: int, expected: list[str] | None, status: str, detail: str) -> None:
    with FakeDns(lambda query, _t: [reply_to(query, *records, rcode=rcode)]) as server:
        outcome = check_dns(
            server=server.address,
            port=server.port,
            name="plex.home.arpa",
            type="A",
            expected=expected,
            timeout=1,
        )
    assert outcome.status == status
    assert detail in outcome.detail


def test_a_server_that_does_not_answer_fails_the_check() -> None:
    outcome = check_dns(server="127.0.0.1", port=1, name="plex.home.arpa", type="A", expected=[], timeout=0.5)
    assert outcome.status == "failed"
    assert outcome.detail == "127.0.0.1 port 1 was asked for plex.home.arpa A: nothing listens on port 1"
