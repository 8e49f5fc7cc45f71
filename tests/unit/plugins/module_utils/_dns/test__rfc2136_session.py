# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes instead of an answer, by a fake server that sends what no real one does."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import typing as t

import dns.message
import dns.rcode
import dns.rrset
import dns.tsig
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._rfc2136_session import Session

SECRET = "c2VjcmV0IG9mIHRoZSB0ZXN0"
KEY = dns.tsig.Key("key.", SECRET)
SOA = dns.rrset.from_text("home.arpa.", 300, "IN", "SOA", "ns1.home.arpa. a.home.arpa. 1 2 3 4 5")
EVIL = dns.rrset.from_text("evil.home.arpa.", 300, "IN", "A", "192.0.2.66")

# What the server sends for a message: messages as they are, or None to end the connection.
Answer = t.Callable[[bytes], t.Sequence["bytes | None"]]


class FakeServer:
    """A server on the loopback that answers one message after the other by the functions that it is given, in turn."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                self.connections += 1
                with connection, connection.makefile("rb") as messages:
                    self._answer(connection, messages)

    def _answer(self, connection: socket.socket, messages: t.BinaryIO) -> None:
        while head := messages.read(2):
            message = messages.read(struct.unpack("!H", head)[0])
            for answer in self._answers.pop(0)(message):
                if answer is None:
                    return
                connection.sendall(struct.pack("!H", len(answer)) + answer)

    def close(self) -> None:
        self._listener.close()


class Maker:
    """Makes sessions, each with a server of its own, the last of which is `server`."""

    server: FakeServer

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack

    def __call__(self, *answers: Answer, key: bool = True, timeout: float = 5) -> Session:
        self.server = FakeServer(*answers)
        self._stack.callback(self.server.close)
        options = {"tsig_name": "key", "tsig_secret": SECRET} if key else {}
        made = Session(Connection(server="127.0.0.1", port=self.server.port, timeout=timeout, **options), "DNS server")
        self._stack.callback(made.close)
        return made


@pytest.fixture
def session() -> t.Iterator[Maker]:
    """See `Maker`."""
    with contextlib.ExitStack() as stack:
        yield Maker(stack)


def answer(*rrsets: dns.rrset.RRset, signed: bool = True, rcode: int = 0) -> Answer:
    """An answer of its own to a question."""

    def make(wire: bytes) -> list[bytes | None]:
        query = dns.message.from_wire(wire, keyring=KEY)
        message = dns.message.make_response(query)
        if not signed:
            message.tsig = None
        message.answer += rrsets
        message.set_rcode(rcode)
        return [message.to_wire()]

    return make


def both(*answers: Answer) -> Answer:
    """The answers of several to one question."""
    return lambda wire: [item for make in answers for item in make(wire)]


def hang_up(_wire: bytes) -> list[bytes | None]:
    return [None]


QUESTION = [("home.arpa", "SOA", "IN")]


@pytest.mark.parametrize("secret", [f"{SECRET}\n", f" {SECRET}", "sécret", ""])
def test_a_secret_that_is_none_is_told_but_not_shown(secret: str) -> None:
    with pytest.raises(DnsError, match="tsig_secret is not base64") as caught:
        Session(Connection(server="127.0.0.1", tsig_name="key", tsig_secret=secret), "a server")
    assert "c2Vj" not in caught.value.msg
    assert "cret" not in caught.value.msg.replace("secret", "")


def test_answers_that_are_signed_are_taken(session: Maker) -> None:
    made = session(answer(SOA), answer(SOA, EVIL, SOA))
    assert made.ask(QUESTION)[0].answer == [SOA]
    assert [record.name for record in made.transfer("home.arpa")] == ["home.arpa", "evil.home.arpa"]


@pytest.mark.parametrize("key", [True, False])
def test_answers_come_in_any_order(session: Maker, key: bool) -> None:
    first: list[bytes] = []

    def late(wire: bytes) -> list[bytes | None]:
        first.extend(t.cast("list[bytes]", answer(SOA)(wire)))
        return []

    made = session(late, lambda wire: [*answer(EVIL)(wire), *first], key=key)
    assert [item.answer for item in made.ask([*QUESTION, ("a.home.arpa", "A", "IN")])] == [[SOA], [EVIL]]


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(answer(SOA, EVIL, SOA, signed=False), id="whole"),
        pytest.param(both(answer(SOA, EVIL, signed=False), answer(SOA)), id="in-front"),
        pytest.param(both(answer(SOA), answer(EVIL, SOA, signed=False)), id="behind"),
    ],
)
def test_a_transfer_without_a_signature_is_refused(session: Maker, forged: Answer) -> None:
    with pytest.raises(
        DnsError, match=r"the transfer of the zone home.arpa: the answer is not signed with the key key"
    ):
        session(forged).transfer("home.arpa")


def test_a_transfer_with_a_message_of_somebody_else_within_is_refused(session: Maker) -> None:
    forged = both(answer(SOA), answer(EVIL, signed=False), answer(SOA))
    with pytest.raises(DnsError, match="the signature of the answer is not one of the key key"):
        session(forged).transfer("home.arpa")


def test_answers_without_a_signature_are_refused(session: Maker) -> None:
    with pytest.raises(DnsError, match=r"the question for home.arpa SOA: the answer is not signed with the key key"):
        session(answer(SOA, signed=False)).ask(QUESTION)
    made = session(answer(signed=False))
    with pytest.raises(DnsError, match="the update: the answer is not signed"):
        made.update(made.new_update("home.arpa"), "the update")


def test_a_refusal_needs_no_signature(session: Maker) -> None:
    made = session(answer(signed=False, rcode=dns.rcode.REFUSED), answer(signed=False, rcode=dns.rcode.SERVFAIL))
    assert made.rcode(made.ask(QUESTION)[0]) == "REFUSED"
    assert made.update(made.new_update("home.arpa"), "the update") == "SERVFAIL"


def test_a_signature_with_another_secret_is_refused(session: Maker) -> None:
    def forge(wire: bytes) -> list[bytes | None]:
        message = dns.message.Message(id=struct.unpack("!H", wire[:2])[0])
        message.flags = 0x8000
        message.use_tsig(dns.tsig.Key("key.", "b3RoZXI="))
        return [message.to_wire()]

    for ask in (lambda made: made.ask(QUESTION), lambda made: made.transfer("home.arpa")):
        with pytest.raises(DnsError, match="the signature of the answer is not one of the key key"):
            ask(session(forge))


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param(lambda wire: [b"HTTP/1.1 400 Bad Request"], "came. Is it a DNS server", id="http"),
        pytest.param(lambda wire: [wire[:2] + b"x"], "is no DNS message", id="too-short"),
        pytest.param(lambda wire: [b"\\xff\\xff" + wire[2:]], "an answer to something else came", id="other-id"),
        pytest.param(lambda wire: [b"", None], "the server ended the connection instead of an answer", id="empty"),
    ],
)
def test_what_is_no_answer_is_named(session: Maker, sent: Answer, said: str) -> None:
    for ask in (lambda made: made.ask(QUESTION), lambda made: made.transfer("home.arpa")):
        made = session(sent, sent)
        with pytest.raises(DnsError) as error:
            ask(made)
        assert error.value.msg.startswith(f"DNS server at 127.0.0.1 port {session.server.port}: the ")
        assert said in error.value.msg or "is no DNS message" in error.value.msg


def test_a_question_is_asked_once_more_where_the_connection_broke(session: Maker) -> None:
    made = session(hang_up, answer(SOA), hang_up, answer(SOA, SOA))
    assert made.ask(QUESTION)[0].answer == [SOA]
    assert len(made.transfer("home.arpa")) == 1
    assert session.server.connections == 3
    with pytest.raises(DnsError, match="the server ended the connection instead of an answer"):
        session(hang_up, hang_up).ask(QUESTION)


def test_an_update_is_never_sent_twice(session: Maker) -> None:
    made = session(hang_up)
    with pytest.raises(DnsError, match="It may have been made or not; run again"):
        made.update(made.new_update("home.arpa"), "the update")
    assert session.server.connections == 1


def test_a_connection_that_the_server_ended_while_it_was_idle_is_opened_again(
    session: Maker,
) -> None:
    made = session(lambda wire: [*answer(SOA)(wire), None], answer())
    made.ask(QUESTION)
    deadline = threading.Event()
    while not made._tcp._socket or not _ended(made._tcp._socket):
        assert not deadline.wait(0.01)
    assert made.update(made.new_update("home.arpa"), "the update") == "NOERROR"


def _ended(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    finally:
        connection.setblocking(True)


def test_a_server_that_says_nothing_is_given_up(session: Maker) -> None:
    made = session(lambda wire: [], lambda wire: [], timeout=0.2)
    with pytest.raises(DnsError, match=r"no answer within 0\.2 s. Check the server, or raise timeout"):
        made.ask(QUESTION)
    with pytest.raises(DnsError, match="It may have been made or not"):
        made.update(made.new_update("home.arpa"), "the update")


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_is_a_time(timeout: float) -> None:
    with pytest.raises(DnsError, match="is a number of seconds above 0"):
        Session(Connection(server="127.0.0.1", timeout=timeout), "DNS server")
