# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Where tables of nftables and the units that load them stand on a host."""

from __future__ import annotations

import dataclasses
import typing as t

from ._file import MARK

UNITS = "/etc/systemd/system"
RULES = "/etc/homelab-network"
# Flushes every table when it starts, stops and reloads.
FLUSHER = "nftables.service"


@dataclasses.dataclass(frozen=True)
class Places:
    """Everything on a host that carries the name of a delegate; subclasses name their `kind`."""

    kind: t.ClassVar[str]
    name: str

    @property
    def _stem(self) -> str:
        return f"homelab-network-{self.kind}-{self.name}"

    @property
    def table(self) -> str:
        """The table of nftables, of the family inet."""
        return self._stem

    @property
    def unit(self) -> str:
        """The unit that loads it."""
        return f"{self._stem}.service"

    @property
    def rules(self) -> str:
        """The file of the table."""
        return f"{RULES}/{self.kind}-{self.name}.nft"

    @property
    def files(self) -> tuple[str, ...]:
        """All paths, in the order in which they are written: the rules, who loads them again, the unit."""
        return (self.rules, f"{UNITS}/{FLUSHER}.d/{self._stem}.conf", f"{UNITS}/{self.unit}")


def marked(*lines: str) -> str:
    """The text of a file of ours."""
    return "\n".join((MARK, *lines)) + "\n"


def load_again(load: str) -> str:
    """A drop-in of the service that flushes, with the command that loads a table."""
    verbs = ("ExecStartPost", "ExecReload", "ExecStopPost")
    return marked("[Service]", *(f"{verb}=-{load}" for verb in verbs))
