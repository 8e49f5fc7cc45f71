# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What goes wrong with record sets."""

from __future__ import annotations

import typing as t

from .._errors import NetworkError


class DnsError(NetworkError):
    """Record sets that cannot be made, or a DNS server that did not do what it was asked."""


class Raced(DnsError):
    """Somebody else changed the record sets between the read and the write, so the write was not made.

    `applied` are the changes that were made before that, as `Change`.
    """

    def __init__(self, msg: str, applied: t.Sequence[t.Any] = ()) -> None:
        super().__init__(f"{msg}. Run again when nothing else writes to the server")
        self.applied = tuple(applied)


def refuse(what: str, problems: t.Sequence[str]) -> None:
    """Raise one DnsError that lists every problem, if there is any. Nothing may have been written before."""
    if problems:
        lines = "".join(f"\n{number}. {problem}" for number, problem in enumerate(problems, 1))
        raise DnsError(f"{what}; nothing was changed:{lines}", problems=list(problems))
