# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Units of ours that load tables of nftables on a host: how they start, and how they go."""

from __future__ import annotations

import typing as t

from . import _own_files
from ._host import Host
from ._nft_files import Places


def refusal(host: Host, nft: str) -> str:
    """Why nftables cannot be used, empty when it can; `nft` is where that program is."""
    rc, _out, err = host.run([nft, "list", "tables"])
    return (err.strip() or f"rc {rc}") if rc else ""


def table(host: Host, places: Places) -> str:
    """The table as nft(8) lists it, empty where there is none."""
    return host.try_(["nft", "list", "table", "inet", places.table])


def is_active(host: Host, places: Places) -> bool:
    """Whether the unit runs."""
    return host.try_(["systemctl", "is-active", places.unit]).strip() == "active"


def start(host: Host, places: Places) -> None:
    """Let the unit run with its files as they are now, from now on and after each start of the host.

    :raises DelegateError: it does not.
    """
    # Reads the files of units again, too.
    host.systemctl("enable", places.unit)
    host.systemctl("reload" if is_active(host, places) else "start", places.unit)


def end(host: Host, places: Places, files: _own_files.Files, first: t.Sequence[list[str]] = ()) -> None:
    """End the unit and its table, and bring the files into their states.

    :param first: commands that remove what must not outlive the table.
    :raises DelegateError: a file cannot be written or removed.
    """
    host.try_(["systemctl", "disable", "--now", places.unit])
    # Of a run that was killed, or a unit that somebody removed by hand.
    for command in (*first, ["nft", "delete", "table", "inet", places.table]):
        host.try_(command)
    _own_files.write(files)
    host.systemctl("daemon-reload")
    host.try_(["systemctl", "reset-failed", places.unit])
