# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What every back end offers: its capabilities as data, one read, one write.

A new back end is one module with a class derived from Backend, and one line in the registry.
"""

from __future__ import annotations

import abc
import typing as t
from dataclasses import asdict, dataclass, field

from .._net._names import is_wildcard
from ._entry import Change, Entry
from ._record_set import RecordSet


@dataclass(frozen=True)
class Connection:
    """How a server is reached. The names are those of the module options; a back end takes what it knows."""

    url: str | None
    username: str | None
    password: str | None = field(repr=False)
    validate_certs: bool
    ca_path: str | None
    timeout: float


@dataclass(frozen=True)
class Capabilities:
    """What a server can hold.

    `types`: of record sets; `ttl_types`: those with a TTL of their own; `multi_value_types`: those with several values;
    `wildcard_types`: those at a wildcard; `wildcard_multi_value`: whether a wildcard may have several values;
    `wildcard_meaning`: which names a wildcard answers, as a sentence for the user.
    """

    types: tuple[str, ...]
    ttl_types: tuple[str, ...]
    multi_value_types: tuple[str, ...]
    wildcard_types: tuple[str, ...]
    wildcard_multi_value: bool
    wildcard_meaning: str

    def problems(self, record: RecordSet) -> list[str]:
        """Why the server cannot hold a record set; empty if it can."""
        if record.type not in self.types:
            return [f"it holds no {record.type} records, only {', '.join(self.types)}"]
        found = []
        if record.ttl is not None and record.type not in self.ttl_types:
            found.append(f"it stores no TTL with {record.type} records; leave `ttl` out")
        if is_wildcard(record.name):
            if record.type not in self.wildcard_types:
                found.append(f"it holds no {record.type} records at a wildcard")
            elif len(record.values) > 1 and not self.wildcard_multi_value:
                found.append(f"it answers a wildcard with one value, not {len(record.values)}")
        elif len(record.values) > 1 and record.type not in self.multi_value_types:
            found.append(f"it holds one {record.type} value for a name, not {len(record.values)}")
        return found

    def as_dict(self) -> dict[str, t.Any]:
        """For the results of modules."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Snapshot:
    """What a server holds: its version as it reports it, all record sets with their owners, and what keeps them from
    being answered, as sentences for the user."""

    version: str
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...] = ()


class Backend(abc.ABC):
    """One DNS server for the time of one task. All errors are NetworkErrors."""

    title: t.ClassVar[str]
    required_options: t.ClassVar[tuple[str, ...]]
    capabilities: t.ClassVar[Capabilities]

    @abc.abstractmethod
    def __init__(self, connection: Connection) -> None:
        """Open the session."""

    @abc.abstractmethod
    def read(self, names: t.Collection[str]) -> Snapshot:
        """All record sets of the zones that hold `names` (of all zones where a server knows none, or `names` is empty).

        It writes nothing, and an entry's owner comes from wherever this server keeps its marks.
        """

    @abc.abstractmethod
    def write(self, changes: t.Sequence[Change]) -> None:
        """Make the changes to what the last read saw, with the fewest calls.

        Marks come before what they mark and go after it, so that a run that was killed leaves nothing without one. A
        name that keeps an answer is never without one in between, where the server allows that.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """End the session. It raises nothing: the task's result is known by now."""
