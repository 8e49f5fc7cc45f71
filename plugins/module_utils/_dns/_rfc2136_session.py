# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Signed questions, transfers and updates (RFC 8945, RFC 5936, RFC 2136), with dnspython for their contents.

A question is sent again, once, where the connection broke; an update is not, since it may have been made.
"""

from __future__ import annotations

import base64
import time
import typing as t
from functools import partial

from .._errors import require
from . import _rfc2136_words as words
from ._backend import Connection
from ._error import DnsError
from ._rfc2136_tcp import Broken, NoAnswer, Tcp
from ._transfer import Part, Record

if t.TYPE_CHECKING:
    from dns.message import Message
    from dns.tsig import Key
    from dns.update import UpdateMessage

LONGEST = 65535

# What is sent before the first answer is read; more could fill the buffers of both sides.
_AT_ONCE = 100

_ELSE = "Is it a DNS server?"
_OTHER = f"an answer to something else came. {_ELSE}"

_T = t.TypeVar("_T")


class Session:
    """The conversation with one server."""

    def __init__(self, connection: Connection, title: str) -> None:
        self.at = f"{title} at {connection.server} port {connection.port}"
        self._tcp = Tcp(self.at, connection.server or "", connection.port, connection.timeout)
        self._dns = require("dns", "dnspython")
        for module in ("message", "name", "rcode", "rdata", "rdataclass", "rdatatype", "tsig", "update"):
            require(f"dns.{module}", "dnspython")
        self.key_name = connection.tsig_name
        self._algorithm = connection.tsig_algorithm
        self._key = self._read_key(connection) if connection.tsig_name else None
        # Whether the server has shown that it knows the key.
        self._known = False

    def _read_key(self, connection: Connection) -> Key:
        tsig = self._dns.tsig
        algorithm = "hmac-md5.sig-alg.reg.int" if self._algorithm == "hmac-md5" else self._algorithm
        try:
            secret = base64.b64decode(connection.tsig_secret or "", validate=True)
        # A character that is not ASCII is an error of its own.
        except ValueError:
            secret = b""
        if not secret:
            raise DnsError(
                "tsig_secret is not base64. Give it as the secret of the key stands on the server, without blanks and"
                " line breaks"
            ) from None
        try:
            name = self._dns.name.from_text(connection.tsig_name)
        except self._dns.exception.DNSException as error:
            raise DnsError(f"tsig_name {connection.tsig_name!r} is no name: {error}") from error
        key = tsig.Key(name, secret, self._dns.name.from_text(algorithm))
        try:
            tsig.get_context(key)
        except (NotImplementedError, ValueError) as error:
            raise DnsError(
                f"this host's Python has no {self._algorithm}. Use a key with another tsig_algorithm"
            ) from error
        return t.cast("Key", key)

    def close(self) -> None:
        """End the connection."""
        self._tcp.close()

    def ask(self, questions: t.Sequence[tuple[str, str, str]]) -> list[Message]:
        """The answers to questions, each of name, type and class; all are on their way at the same time.

        :raises DnsError: no answer, or the signature is wrong. Whatever else it says is for the caller to judge.
        """
        answers: list[Message] = []
        for start in range(0, len(questions), _AT_ONCE):
            some = questions[start : start + _AT_ONCE]
            what = f"the question for {some[0][0]} {some[0][1]}"
            answers += self._again(partial(self._ask, some, what))
        return answers

    def _ask(self, questions: t.Sequence[tuple[str, str, str]], what: str) -> list[Message]:
        queries: dict[int, Message] = {}
        for number, (name, rtype, rdclass) in enumerate(questions, 1):
            query = self._query(name, rtype, rdclass)
            query.id = number
            queries[number] = query
        self._tcp.send(self._signed(query) for query in queries.values())
        # They come in any order (RFC 7766 section 7).
        found: dict[int, Message] = {}
        while len(found) < len(queries):
            wire = self._tcp.receive(what)
            asked = queries.get(int.from_bytes(wire[:2], "big"))
            if asked is None:
                raise DnsError(f"{self.at}: {what}: {_OTHER}")
            answer = found[asked.id] = self._parse(wire, asked, what)
            self._verify(answer, asked, what)
            self._known = self._known or answer.had_tsig
            if asked.had_tsig and self.rcode(answer) == "NOTAUTH":
                raise self._mistrusted("NOTAUTH", what)
        return [found[number] for number in sorted(found)]

    def transfer(self, zone: str) -> list[Record]:
        """All records of a zone, without the SOA record at the end.

        :raises DnsError: it is not transferred, with the reason and the fix.
        """
        return self._again(partial(self._transfer, zone, f"the transfer of the zone {zone}"))

    def _transfer(self, zone: str, what: str) -> list[Record]:
        query = self._query(zone, "AXFR", "IN")
        self._tcp.send([self._signed(query)])
        soa = self._dns.rdatatype.SOA
        found: list[Record] = []
        context = None
        while len(found) < 2 or found[-1].rtype != soa:
            wire = self._tcp.receive(what)
            try:
                part = Part(wire)
            except ValueError as error:
                raise DnsError(f"{self.at}: {what}: the answer is no DNS message: {error}") from error
            if part.id != query.id:
                raise DnsError(f"{self.at}: {what}: {_OTHER}")
            context = self._check(wire, part, query, what, context)
            if part.rcode:
                rcode = str(self._dns.rcode.to_text(part.rcode))
                raise DnsError(f"{self.at}: {what}: {words.no_transfer(zone, rcode, self.key_name)}")
            found += part.records
            if not found or found[0].rtype != soa:
                raise DnsError(f"{self.at}: {what}: it does not begin with an SOA record. Is it a DNS server?")
        # Those between the first and the last need no signature each (RFC 8945 section 5.3.1).
        if self._key is not None and part.signature is None:
            raise DnsError(f"{self.at}: {what}: {words.UNSIGNED.format(name=self.key_name)}")
        return found[:-1]

    def _check(self, wire: bytes, part: Part, query: Message, what: str, context: t.Any) -> t.Any:
        """Check the signature of a message of a transfer.

        :param context: what this gave for the message before.
        """
        if part.signature is None:
            if context is not None:
                context.update(wire)
            elif self._key is not None and not part.rcode:
                raise DnsError(f"{self.at}: {what}: {words.UNSIGNED.format(name=self.key_name)}")
            return context
        if self._key is None:
            raise DnsError(f"{self.at}: {what}: the answer is signed, though the question was not")
        start, record = part.signature
        try:
            rdclass, rtype = self._dns.rdataclass.ANY, self._dns.rdatatype.TSIG
            rdata = self._dns.rdata.from_wire(rdclass, rtype, wire, record.start, record.length)
            owner = self._dns.name.from_text(f"{record.name}.")
            now = int(time.time())
            return self._dns.tsig.validate(wire, self._key, owner, rdata, now, query.mac, start, context, True)
        except self._dns.exception.DNSException as error:
            if self._is_refusal(error):
                return None
            raise self._misread(error, what) from error

    def _is_refusal(self, error: BaseException | None) -> bool:
        """Whether it is how Knot tells a key that it knows that it has no right: as if it did not know it."""
        return self._known and isinstance(error, self._dns.tsig.PeerBadKey)

    def _misread(self, error: Exception, what: str) -> DnsError:
        """What an exception of dnspython about an answer means."""
        tsig = self._dns.tsig
        if isinstance(error, (tsig.PeerError, tsig.BadSignature, tsig.BadTime, tsig.BadKey, tsig.BadAlgorithm)):
            return self._mistrusted(type(error).__name__, what)
        return DnsError(f"{self.at}: {what}: the answer is no DNS message ({type(error).__name__}). {_ELSE}")

    def _mistrusted(self, error: str, what: str) -> DnsError:
        now = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        reason = words.signature(error, str(self.key_name), self._algorithm, now)
        return DnsError(f"{self.at}: {what}: {reason}")

    def update(self, message: UpdateMessage, what: str) -> str:
        """The response code, as its name, to an update; RFC 2136 section 2.2.

        :raises DnsError: no answer, so that the update may have been made or not; or one with a wrong signature.
        """
        self._tcp.send([self._signed(message)])
        try:
            answer = self._parse(self._tcp.receive(what), message, what)
        except NoAnswer as error:
            raise DnsError(f"{error.msg}. It may have been made or not; run again to complete it") from None
        except DnsError as error:
            if self._is_refusal(error.__cause__):
                return "NOTAUTH"
            raise
        self._verify(answer, message, what)
        return self.rcode(answer)

    def rcode(self, answer: Message) -> str:
        """The response code of an answer by its name."""
        return str(self._dns.rcode.to_text(answer.rcode()))

    def new_update(self, zone: str) -> UpdateMessage:
        """An empty update of a zone."""
        return t.cast("UpdateMessage", self._dns.update.UpdateMessage(f"{zone}."))

    def signature_size(self) -> int:
        """How many octets a signature adds to a message, at most."""
        if self._key is None:
            return 0
        return len(self._key.name.to_wire() or b"") + len(self._key.algorithm.to_wire() or b"") + 100

    def _query(self, name: str, rtype: str, rdclass: str) -> Message:
        query = self._dns.message.make_query(f"{name}.", rtype, rdclass)
        query.flags = 0
        return t.cast("Message", query)

    def _signed(self, message: Message) -> bytes:
        # Knot signs no answer about itself.
        if self._key is not None and message.question[0].rdclass == self._dns.rdataclass.IN:
            message.use_tsig(self._key)
        return message.to_wire(max_size=LONGEST)

    def _parse(self, wire: bytes, query: Message, what: str) -> Message:
        try:
            answer = self._dns.message.from_wire(
                wire,
                keyring=query.keyring,
                request_mac=query.mac,
                # As if more were to come: whether it must be signed depends on what it says.
                multi=True,
                one_rr_per_rrset=True,
            )
        # Its parsers let all kinds of exceptions through.
        except Exception as error:
            raise self._misread(error, what) from error
        if answer.id != query.id:
            raise DnsError(f"{self.at}: {what}: {_OTHER}")
        return t.cast("Message", answer)

    def _verify(self, answer: Message, query: Message, what: str) -> None:
        """Refuse an answer that counts and is not signed; a refusal need not be signed (RFC 8945 section 5.3.2)."""
        if query.had_tsig and not answer.had_tsig and self.rcode(answer) in ("NOERROR", "NXDOMAIN"):
            raise DnsError(f"{self.at}: {what}: {words.UNSIGNED.format(name=self.key_name)}")

    def _again(self, read: t.Callable[[], list[_T]]) -> list[_T]:
        """The result of a read, which is tried a second time when the connection broke."""
        try:
            return read()
        except Broken:
            return read()
