# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""dnsmasq: one configuration file and, if wished, one hosts file of its own on the server's host.

A hosts file in a folder of C(hostsdir) is read when it changes; the configuration only at a start. A configuration that
dnsmasq does not take stops DNS and DHCP of a whole network, so it is tested before it stays, and taken back when the
server does not come up with it.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import time
import typing as t
from dataclasses import replace
from pathlib import Path

from .._net._names import in_zone
from ._backend import Backend, Capabilities, Connection, Interest, Snapshot
from ._dnsmasq_config import Config, load, real, running
from ._dnsmasq_files import Files, edited, entries
from ._dnsmasq_lines import problems
from ._entry import Change, Entry
from ._error import DnsError, Raced
from ._marked_text import Chunk, fold
from ._record_set import Key
from ._text_file import locked, read_text, replace_text

_RESTART = ("systemctl", "restart", "dnsmasq")
# A service manager gives a service 90 s to end and to start.
_RESTART_TIMEOUT = 120
# The first version that forgets what a hosts file does not say any more, without being told.
_FORGETS = (2, 88)
# Where lists against advertising lead names to, and Debian the name of the host itself.
_NOWHERE = re.compile(r"0\.0\.0\.0|127\..*|::1?")


class Dnsmasq(Backend):
    """A dnsmasq on this host, written by a file that it reads."""

    title = "dnsmasq"
    required_options = ("path",)
    account = False
    on_host = True
    capabilities = Capabilities(
        types=("A", "AAAA", "CAA", "CNAME", "FWD", "MX", "PTR", "SRV", "TXT"),
        ttl_types=("A", "AAAA", "CNAME"),
        multi_value_types=("A", "AAAA", "CAA", "FWD", "MX", "PTR", "SRV", "TXT"),
        wildcard_types=("A", "AAAA"),
        wildcard_meaning=(
            "A wildcard answers all names below it at any depth, and the name that it is below. Exact names go first."
            " Names there have no records of other types but those that the server holds itself."
        ),
        marks="In comment lines of the files that it writes.",
        wildcard_apex=True,
        local_alias=True,
        limits=problems,
    )

    def __init__(self, connection: Connection) -> None:
        self._path = real(connection.path or "")
        self._hosts = real(connection.hosts_dir) / f"{self._path.stem}.hosts" if connection.hosts_dir else None
        # What the running server has read, from before its file is replaced until it runs with the new one.
        self._previous = self._path.with_name(f".{self._path.name}.previous")
        self._at = f"{self.title} at {self._path}"
        self._restart_command = connection.restart_command or _RESTART
        self._timeout = connection.timeout
        self._server = connection.server
        self._port = connection.port
        self._program = _program(self._at)
        self._read: tuple[str | None, ...] = ()
        self._config = Config(())
        self._elsewhere: dict[Key, Path] = {}
        self._answered = False
        self._version = ""

    def close(self) -> None:
        pass

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it has no zones: the files are all there is
        found = running(self._path)
        self._version = self._told_version()
        self._config = found or load(())
        self._read = self._texts()
        ours = self._ours()
        others = self._others()
        self._elsewhere = {key: path for key, (dummy, path) in others.items() if key not in ours}
        self._answered = self._answers()
        merged = {**{key: entry for key, (entry, dummy) in others.items()}, **ours}
        warnings = [*self._idle(found), *_twice(ours, others), *self._rebinding(ours)]
        return Snapshot(
            version=self._version,
            entries=tuple(merged[key] for key in sorted(merged)),
            warnings=tuple(f"{self._at} {why}" for why in warnings),
        )

    def _texts(self) -> tuple[str | None, ...]:
        paths = [path for path in (self._path, self._previous, self._hosts) if path]
        return tuple(read_text(path, self._at) for path in paths)

    def _files(self) -> Files:
        config, dummy, *hosts = self._read
        return Files(config or "", (hosts[0] or "") if hosts else None)

    def _ours(self) -> dict[Key, Entry]:
        """The record sets of our files. What a run that was killed wrote without a restart after it is not served."""
        files = self._files()
        found = entries(files)
        previous = self._read[1]
        if previous is not None:
            served = entries(Files(previous, files.hosts))
            for key in {**found, **served}:
                if found.get(key) != served.get(key):
                    entry = found.get(key) or served[key]
                    found[key] = replace(entry, record=replace(entry.record, values=()))
        return found

    def _others(self) -> dict[Key, tuple[Entry, Path]]:
        """The record sets of files that are not ours, with one of the files."""
        own = (self._path, self._hosts)
        paths: dict[Key, Path] = {}
        chunks = []
        for one, path in self._config.records:
            if path not in own and "." in one.key[0] and not _NOWHERE.fullmatch(one.value):
                paths[one.key] = path
                chunks.append(Chunk("", records=(one,)))
        return {key: (entry, paths[key]) for key, entry in fold(chunks).items()}

    def _idle(self, found: Config | None) -> t.Iterator[str]:
        """Why record sets are not answered."""
        if found is None:
            yield (
                "is read by no dnsmasq that runs on this host. Start it, and have it read the file, by conf-dir or"
                " conf-file in /etc/dnsmasq.conf"
            )
            return
        if self._hosts and self._hosts.parent not in found.watched:
            yield (
                f"writes addresses to {self._hosts}, which dnsmasq does not read. Add hostsdir={self._hosts.parent} to"
                " its configuration and restart it, or leave hosts_dir out"
            )
        if found.values("port")[-1:] == ["0"]:
            yield "configures a server whose DNS is switched off by port=0"
        elif not self._answered and (self._server or "lo" not in found.values("except-interface")):
            yield f"is read by a dnsmasq that does not answer at {':'.join(map(str, self._address()))}"

    def _rebinding(self, ours: t.Mapping[Key, Entry]) -> t.Iterator[str]:
        if not self._config.values("stop-dns-rebind"):
            return
        allowed = [zone for value in self._config.values("rebind-domain-ok") for zone in value.strip("/").split("/")]
        for name, rtype in ours:
            if rtype == "FWD" and not any(in_zone(name, zone) for zone in allowed):
                yield (
                    f"forwards {name}, but stop-dns-rebind drops private addresses from there. Add rebind-domain-ok="
                    f"/{name}/ to the configuration"
                )

    def _told_version(self) -> str:
        match = re.search(r"version (\S+)", self._run([self._program, "--version"]).stdout)
        return match.group(1) if match else ""

    def objections(self, changes: t.Sequence[Change]) -> t.Iterator[str]:
        for change in changes:
            if change.before and change.key in self._elsewhere:
                yield f"{change.before.record} stands in {self._elsewhere[change.key]}. Remove it there"

    def write(self, changes: t.Sequence[Change]) -> None:
        with locked(self._path.parent, self._at):
            if self._texts() != self._read:
                raise Raced(f"{self._at}: its files have changed since they were read")
            before = self._files()
            after = edited(before, changes)
            if after.config != before.config:
                self._test(after.config)
            if self._read[1] is not None or after.effective != before.effective or self._must_forget(before, after):
                self._exchange(after)
            else:
                self._put(self._path, after.config)
                self._put(self._hosts, after.hosts)

    def _must_forget(self, before: Files, after: Files) -> bool:
        """Whether the server keeps answering what its hosts file does not say any more until it is started anew."""
        numbers = tuple(map(int, re.findall(r"\d+", self._version)[:2]))
        gone = set((before.hosts or "").split("\n")) - set((after.hosts or "").split("\n"))
        return numbers < _FORGETS and any(line and not line.startswith("#") for line in gone)

    def _exchange(self, after: Files) -> None:
        """Have the server run with these files; or with those that it ran with before, and an error."""
        config, running_with, *hosts = self._read
        if running_with is None:
            running_with = config
            replace_text(self._previous, config or "", self._at)
        restarted = False
        try:
            self._put(self._path, after.config)
            self._judge(self._config.arguments)
            self._put(self._hosts, after.hosts)
            restarted = True
            self._restart()
        except DnsError as error:
            self._put(self._path, running_with)
            self._put(self._hosts, hosts[0] if hosts else None)
            told = self._come_back() if restarted else ""
            replace_text(self._previous, None, self._at)
            raise DnsError(f"{error.msg}. The previous files are back{told}") from None
        replace_text(self._previous, None, self._at)

    def _put(self, path: Path | None, text: str | None) -> None:
        """Write a file, if that changes it; one that is not there is not made to be empty."""
        if path and (read_text(path, self._at) or "") != (text or ""):
            replace_text(path, text, self._at)

    def _test(self, text: str) -> None:
        """Whether dnsmasq takes the text by itself, before it is where the server reads it."""
        scratch = self._path.with_name(f".{self._path.name}.candidate")
        replace_text(scratch, text, self._at)
        try:
            self._judge([f"--conf-file={scratch}"])
        finally:
            replace_text(scratch, None, self._at)

    def _judge(self, arguments: t.Sequence[str]) -> None:
        """Whether dnsmasq takes a whole configuration."""
        done = self._run([self._program, *arguments, "--test"])
        if done.returncode != 0:
            raise DnsError(
                f"{self._at}: dnsmasq refuses the configuration, so it was not used: {' '.join(done.stderr.split())}"
            )

    def _restart(self) -> None:
        command = " ".join(self._restart_command)
        done = self._run(self._restart_command)
        if done.returncode != 0:
            told = " ".join((done.stderr or done.stdout).split())[-500:]
            raise DnsError(f"{self._at}: `{command}` failed with status {done.returncode}: {told}")
        deadline = time.monotonic() + self._timeout
        # One that could not be asked before cannot be asked now: the command's own word counts.
        while self._answered and not self._answers():
            if time.monotonic() > deadline:
                raise DnsError(
                    f"{self._at}: `{command}` succeeded, but nothing answers at"
                    f" {':'.join(map(str, self._address()))} within {self._timeout:g} s after it"
                )
            time.sleep(0.05)

    def _come_back(self) -> str:
        try:
            self._restart()
        except DnsError as error:
            return f", but the server does not come up with them either: {error.msg}"
        return ", and the server runs with them"

    def _run(self, argv: t.Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # pylint: disable=ansible-bad-function  # run_command() has no time limit
                argv,
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_RESTART_TIMEOUT,
            )
        except subprocess.TimeoutExpired as error:
            raise DnsError(f"{self._at}: `{' '.join(argv)}` did not end within {_RESTART_TIMEOUT} s") from error
        except OSError as error:
            raise DnsError(f"{self._at}: cannot run {argv[0]}: {error.strerror}. Correct restart_command") from error

    def _address(self) -> tuple[str, int]:
        """Where it is asked: at the address that the task names, or by its own configuration."""
        listens = [one for value in self._config.values("listen-address") for one in value.split(",") if one]
        ports = [value for value in self._config.values("port") if value.isdigit()]
        return self._server or [*listens, "127.0.0.1"][0], int([str(self._port), *ports][-1])

    def _answers(self) -> bool:
        """Whether the DNS port answers a question that dnsmasq keeps to itself, with whatever answer."""
        host, port = self._address()
        number = secrets.token_bytes(2)
        # version.bind, type TXT, class CHAOS (RFC 1035 section 4.1).
        question = number + b"\1\0\0\1\0\0\0\0\0\0\7version\4bind\0\0\x10\0\3"
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as asked:
                asked.settimeout(1)
                asked.connect((host, port))
                asked.send(question)
                return asked.recv(4096)[:2] == number
        except (OSError, TypeError):  # A name that cannot be encoded is an error of the second kind.
            return False


def _program(at: str) -> str:
    """dnsmasq itself; folders of administrators may be missing in the search path of a task."""
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])
    found = shutil.which("dnsmasq", path=folders)
    if found is None:
        raise DnsError(
            f"{at}: dnsmasq is not installed on this host, so no configuration can be tested. Run the task on the host"
            " of the server, for example with delegate_to"
        )
    return found


def _twice(ours: t.Mapping[Key, Entry], others: t.Mapping[Key, tuple[Entry, Path]]) -> t.Iterator[str]:
    for key in sorted(ours.keys() & others.keys()):
        entry, path = others[key]
        if set(entry.record.values) - set(ours[key].record.values):
            yield f"is not alone: {path} says {entry.record}, and the server answers that as well"
