# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a check found out."""

from __future__ import annotations

import dataclasses
import typing as t

OK = "ok"
FAILED = "failed"
UNPROVED = "unproved"

_TRUTH: dict[str, bool | None] = {OK: True, FAILED: False, UNPROVED: None}


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A verdict with its reason in one sentence, and the facts of its layer (keys of the result)."""

    status: str
    detail: str
    facts: t.Mapping[str, t.Any] = dataclasses.field(default_factory=dict)

    def to_dict(self) -> dict[str, t.Any]:
        """The form in which the module returns it."""
        return {**self.facts, "ok": _TRUTH[self.status], "status": self.status, "detail": self.detail}


def ok(detail: str, **facts: t.Any) -> Outcome:
    """It works."""
    return Outcome(OK, detail, facts)


def failed(detail: str, **facts: t.Any) -> Outcome:
    """It was tried and does not work."""
    return Outcome(FAILED, detail, facts)


def unproved(detail: str, **facts: t.Any) -> Outcome:
    """It could not be told from here."""
    return Outcome(UNPROVED, detail, facts)
