# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What every back end offers: its capabilities as data, one read, one write.

A new back end is one module with a class derived from Backend, one line in the registry, and its choice in the
documentation of the option C(backend).
"""

from __future__ import annotations

import abc
import typing as t
from dataclasses import dataclass, field

from .._http import Http
from .._net._names import longest_zone
from ._capabilities import Capabilities
from ._entry import Change, Entry
from ._error import DnsError

__all__ = ["Backend", "Capabilities", "Connection", "Interest", "Snapshot"]


@dataclass(frozen=True)
class Connection:
    """How a server is reached. The names are those of the module options; a back end takes what it knows."""

    url: str | None = None
    server: str | None = None
    port: int = 53
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    tsig_name: str | None = None
    tsig_secret: str | None = field(default=None, repr=False)
    tsig_algorithm: str = "hmac-sha256"
    site: str | None = None
    path: str | None = None
    hosts_dir: str | None = None
    restart_command: tuple[str, ...] | None = None
    ledger_path: str | None = None
    kubeconfig: str | None = None
    context: str | None = None
    validate_certs: bool = True
    ca_path: str | None = None
    timeout: float = 10.0

    def http(self, headers: t.Mapping[str, str] | None = None, *, default_url: str = "", patience: float = 0.0) -> Http:
        """A session with the server at `url`."""
        return Http(
            self.url or default_url,
            timeout=self.timeout,
            validate_certs=self.validate_certs,
            ca_path=self.ca_path,
            headers=headers,
            patience=patience,
        )


@dataclass(frozen=True)
class Interest:
    """What a task wants to know of a server that holds zones; the others have one list and give all of it.

    `names`: whose zones are to be read, each the longest one that the server has; `zones`: to be read besides;
    `everything`: whether every other zone that the server lists is, too; `trees`: at and below which every one is.
    """

    names: frozenset[str]
    zones: frozenset[str]
    everything: bool
    trees: frozenset[str] = frozenset()

    def among(self, served: t.Collection[str]) -> frozenset[str]:
        """Which of the zones that a server lists are to be read."""
        if self.everything:
            return frozenset(served)
        wanted = {longest_zone(name, served) for name in self.names} | self.zones
        return frozenset(zone for zone in served if zone in wanted or longest_zone(zone, self.trees))


@dataclass(frozen=True)
class Snapshot:
    """What a server holds.

    `version`: as it reports it, empty where it does not; `entries`: all record sets of the types that the back end can
    hold, with their owners, also those at the top of a zone; `zones`: those that were read, None where it has none;
    `warnings`: what keeps the record sets from being answered, as sentences for the user; `read_only`: why zones of
    those cannot be written there, with the fix.
    """

    version: str
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()
    zones: frozenset[str] | None = None
    read_only: t.Mapping[str, str] = field(default_factory=dict)


class Backend(abc.ABC):
    """One DNS server for the time of one task. All errors are NetworkErrors.

    `account`: whether it is written through an account; `on_lan`: whether it runs in the user's network, so that it has
    an address there; `on_host`: whether it is written on its own host, over Ansible's connection.
    """

    title: t.ClassVar[str]
    required_options: t.ClassVar[tuple[str, ...]]
    capabilities: t.ClassVar[Capabilities]
    account: t.ClassVar[bool] = True
    on_lan: t.ClassVar[bool] = True
    on_host: t.ClassVar[bool] = False

    @abc.abstractmethod
    def __init__(self, connection: Connection) -> None:
        """Open the session."""

    @abc.abstractmethod
    def read(self, interest: Interest) -> Snapshot:
        """What the server holds. It writes nothing; owners come from wherever this server keeps its marks.

        :raises DnsError: a zone of `interest.zones` or the zone of a name cannot be read, with what has to be set up;
            one that does not exist is only missing in the snapshot.
        """

    def objections(self, changes: t.Sequence[Change]) -> t.Iterable[str]:  # noqa: ARG002  # most have none
        """Why the changes cannot be made to what the last read saw, apart from the capabilities; it writes nothing."""
        return ()

    @abc.abstractmethod
    def write(self, changes: t.Sequence[Change]) -> None:
        """Make the changes to what the last read saw, with the fewest calls. They are sorted by name and type.

        Marks come before what they mark and go after it, so that a run that was killed leaves nothing without one. A
        name that keeps an answer is never without one in between, where the server allows that. A change whose
        `before` and `after` differ in the owner alone writes no record, where the mark is not part of it.

        :raises Raced: the server says that they stand on something else by now. It is read and planned once more.
        """

    def create_zones(self, zones: t.Sequence[str]) -> None:
        """Make zones; called before `write`, only where the capabilities say so."""
        raise DnsError(f"{self.title}: cannot make the zones {', '.join(zones)}")

    @abc.abstractmethod
    def close(self) -> None:
        """End the session. It raises nothing: the task's result is known by now."""
