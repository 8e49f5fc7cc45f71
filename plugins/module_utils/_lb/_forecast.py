# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a change of pools does to each Service: the form of a forecast. Each load balancer has rules of its own."""

from __future__ import annotations

import dataclasses
import typing as t

KEEPS, CHANGES, LOSES, GAINS, WAITS = "keeps", "changes", "loses", "gains", "waits"
UNANNOUNCED, UNKNOWN = "unannounced", "unknown"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What becomes of one Service.

    `before` are the addresses that it has, `after` those that it will have; None when nobody can tell which. `pool` is
    the pool that those it has now are from, empty when it has none. `effect` is one of

    - keeps: the same addresses;
    - changes: others than now (`after` is None where it cannot be told which);
    - loses: it is left without, or without one of its families;
    - gains: it has none now, or none of one family, and will be given some;
    - waits: it has none and will be given none;
    - unannounced: it keeps its addresses, but nobody answers for them any more;
    - unknown: it depends on what cannot be known beforehand; `reason` says on what.

    `asked`: it asks for those that it will have, and is only given them when the load balancer looks at it again.
    """

    service: str
    before: tuple[str, ...]
    after: tuple[str, ...] | None
    effect: str
    reason: str = ""
    pool: str = ""
    asked: bool = False

    @property
    def harmful(self) -> bool:
        """Whether the Service would, or could, lose what it has."""
        return bool(self.before) and self.effect in {CHANGES, LOSES, UNANNOUNCED, UNKNOWN} and not self.asked

    def as_dict(self) -> dict[str, t.Any]:
        """The form in results."""
        after = None if self.after is None else list(self.after)
        return {**dataclasses.asdict(self), "before": list(self.before), "after": after}
