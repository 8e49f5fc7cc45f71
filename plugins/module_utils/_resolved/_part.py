# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A part of a host's split DNS: what there is of it, what there shall be, and the way from either to the other."""

from __future__ import annotations

import typing as t

from ._host import Host


class State(t.Protocol):
    """A value that is equal to another when nothing has to be done between them."""

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff; no secrets."""


class Part(t.Protocol):
    """One part. Planning it writes nothing; parts are brought in order, and taken back in the opposite one."""

    @property
    def key(self) -> str:
        """Its name in a diff."""

    @property
    def before(self) -> State:
        """As it is."""

    @property
    def after(self) -> State:
        """As it shall be."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user has to know, in sentences."""

    @property
    def reloads(self) -> bool:
        """Whether bringing it makes systemd-resolved read its files again."""

    def bring(self, host: Host, state: t.Any) -> None:
        """Bring it into the state `before` or `after`, from wherever it is.

        A half-done change and a killed run are no obstacle.

        :raises DelegateError: it did not work; the caller brings it back.
        """

    def prove(self, host: Host) -> None:
        """Compare what systemd-resolved has with `after`.

        :raises DelegateError: it did not take it.
        """
