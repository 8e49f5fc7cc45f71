# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Refusing what goes to a private server that does not answer: as a part of a host's split DNS."""

from __future__ import annotations

import dataclasses
import typing as t

from . import _nft, _own_files
from ._failure import UNPROVED, UNSUPPORTED, DelegateError
from ._guard_files import GuardPlaces, parse_rules, render
from ._host import Host, find_program
from ._own_files import Files
from ._server import Server


@dataclasses.dataclass(frozen=True)
class GuardState:
    """Its files, whether its unit is enabled and runs, and the servers that the kernel's table watches."""

    files: Files
    enabled: bool = False
    active: bool = False
    watched: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        files = _own_files.to_dict(self.files)
        if not (files or self.enabled or self.active or self.watched):
            return {}
        return {"files": files, "enabled": self.enabled, "active": self.active, "watched": list(self.watched)}


@dataclasses.dataclass(frozen=True)
class Guard:
    """The part; see `_part.Part`."""

    places: GuardPlaces
    before: GuardState
    after: GuardState
    warnings: tuple[str, ...] = ()
    key: str = "guard"
    reloads: bool = False

    def bring(self, host: Host, state: GuardState) -> None:
        """Load, change or remove it.

        :raises DelegateError: a file cannot be written, or the unit does not start.
        """
        if state.active:
            _own_files.write(state.files)
            _nft.start(host, self.places)
        else:
            _nft.end(host, self.places, state.files)

    def prove(self, host: Host) -> None:
        """Read everything again.

        :raises DelegateError: it is not as it shall be.
        """
        now = _look(host, self.places)
        if now.to_dict() != self.after.to_dict():
            raise DelegateError(
                UNPROVED,
                f"Queries to silent servers of {self.places.name} are not refused: the unit is "
                f"{'active' if now.active else 'not active'}, watched should be {_listed(self.after)}, and are "
                f"{_listed(now)}. Look at: journalctl -u {self.places.unit}",
            )


def plan_guard(host: Host, name: str, servers: t.Sequence[Server]) -> Guard:
    """The guard of these servers; without any, what was made for the name goes. Nothing is written.

    :raises DelegateError: the host has no nftables, or a file is somebody else's.
    """
    places = GuardPlaces(name)
    nft = _require(host) if servers else ""
    before = _look(host, places)
    if not servers:
        return Guard(places, before, GuardState(_own_files.gone(before.files)))
    texts = render(name, servers, nft)
    files = _own_files.with_texts(before.files, texts)
    return Guard(places, before, GuardState(files, True, True, parse_rules(texts[places.rules])))


def _look(host: Host, places: GuardPlaces) -> GuardState:
    files = _own_files.read(places.files)
    if not _own_files.any_there(files):
        # The files go last, so without them nothing else is there.
        return GuardState(files)
    # Read from the disk; `systemctl show` says what systemd remembers.
    enabled = host.try_(["systemctl", "is-enabled", places.unit]).strip() == "enabled"
    return GuardState(files, enabled, _nft.is_active(host, places), parse_rules(_nft.table(host, places)))


def _listed(state: GuardState) -> str:
    return ", ".join(state.watched) or "none"


def _require(host: Host) -> str:
    nft = find_program("nft")
    if not nft:
        raise DelegateError(
            UNSUPPORTED,
            "`fail_fast` needs nftables, which this host does not have. Nothing was written. Install nftables, or "
            "leave `fail_fast` out: then a name whose server is out of reach takes up to two minutes to fail.",
            systemd_version=host.version,
        )
    refusal = _nft.refusal(host, nft)
    if refusal:
        raise DelegateError(
            UNSUPPORTED,
            f"`fail_fast` needs nftables, which cannot be used here: {refusal}. Nothing was written. Run the task "
            "as root (become: true); a container needs CAP_NET_ADMIN. Or leave `fail_fast` out.",
            systemd_version=host.version,
        )
    return nft
