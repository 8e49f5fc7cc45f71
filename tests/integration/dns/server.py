# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests ask of every DNS server, real or fake, and what real programs have in common."""

from __future__ import annotations

import abc
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import time
import typing as t
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import held

from tests.lab import command

_PATIENCE = 60.0
_GIVEN: set[int] = set()
# No such name, no such data, and not in a zone of this server: all say that there is no answer.
_NOTHING = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN, dns.rcode.REFUSED)


class Server(abc.ABC):
    """A DNS server for the time of some tests, with all its state in one folder.

    `name`: of its back end, or of the variant of it; `options`: the module options that connect to it, `backend` among
    them; `record_options`: what only the module dns_record needs besides; `secrets`: must never be in any output;
    `wrong`: options that replace right credentials by wrong ones, empty for a server without any; `zones`: in which
    record sets can be made.
    """

    name: str
    options: dict[str, t.Any]
    record_options: t.ClassVar[dict[str, t.Any]] = {}
    secrets: tuple[str, ...] = ()
    wrong: t.ClassVar[dict[str, t.Any]] = {}
    zones: tuple[str, ...] = ("home.arpa",)

    @abc.abstractmethod
    def start(self) -> None:
        """Start it, also once more after `stop`, and wait until it answers."""

    @abc.abstractmethod
    def stop(self) -> None:
        """Stop it; what it holds stays."""

    @abc.abstractmethod
    def reset(self) -> None:
        """Take out everything but what its zones need, marks included."""

    @abc.abstractmethod
    def ask(self, name: str, rtype: str = "A") -> list[str]:
        """The values of that type that its DNS port answers, those behind an alias included: canonical, sorted."""

    @abc.abstractmethod
    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        """Make a record set as somebody else would; canonical values."""

    @abc.abstractmethod
    def writes(self) -> int:
        """A number that grows with every request, message or file that writes or only tries to."""


def free_port() -> int:
    """A port that nothing listens on, neither with TCP nor with UDP, and that is given to nobody else.

    It is below those that the kernel gives to clients (32768 and up), or one of them could have it while its server is
    stopped.
    """
    while True:
        port = 10000 + secrets.randbelow(20000)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port


def ask(port: int, name: str, rtype: str, *, by: str = "", forwards: bool = False) -> list[str]:
    """The values of a type that the DNS server on a port of the loopback answers: canonical, sorted.

    `by`: the type to ask for, if it is another one. A server that forwards what it does not know, to one that is not
    there, fails for it.
    """
    question = dns.message.make_query(name, by or rtype)
    answer, _tcp = dns.query.udp_with_fallback(question, "127.0.0.1", port=port, timeout=30)
    if answer.rcode() not in _NOTHING and not (forwards and answer.rcode() == dns.rcode.SERVFAIL):
        raise RuntimeError(f"{name} {rtype}: the server answered {dns.rcode.to_text(answer.rcode())}")
    wanted = dns.rdatatype.from_text(rtype)
    found = [rrset for rrset in answer.answer if rrset.rdtype == wanted]
    # The server of a zone refers to those that it delegates to.
    found += [rrset for rrset in answer.authority if rrset.rdtype == wanted and rrset.name == question.question[0].name]
    return sorted(held(rtype, rdata.to_text()) for rrset in found for rdata in rrset)


class Daemon:
    """A program in the foreground, with its output in `log`; the kernel ends it with the thread that started it."""

    def __init__(self, argv: t.Sequence[str | Path], log: Path, env: t.Mapping[str, str] | None = None) -> None:
        leash = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        self._argv = [*leash, *map(str, argv)]
        self._env = os.environ | (env or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    def start(self, ready: t.Callable[[], bool]) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._argv, env=self._env, stdout=log, stderr=subprocess.STDOUT)
        try:
            self.wait(ready)
        except BaseException:
            self.stop()
            raise

    def wait(self, ready: t.Callable[[], bool]) -> None:
        """Wait until something is so, as long as it runs."""
        deadline = time.monotonic() + _PATIENCE
        while not ready():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._argv} did not get ready:\n{command.tail(self.log)}")
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """Stop it, if it runs."""
        if self._process is not None:
            _end(self._process)
            self._process = None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def answers(port: int, zone: str) -> bool:
    """Whether a DNS server on a port of the loopback serves a zone."""
    question = dns.message.make_query(zone, "SOA")
    try:
        return bool(dns.query.udp(question, "127.0.0.1", port=port, timeout=0.1).answer)
    except (OSError, dns.exception.Timeout):
        return False
