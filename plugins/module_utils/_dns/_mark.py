# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Marks of ownership within a comment, for servers that keep one with each record; pure.

The rest of the comment is its author's and stays.
"""

from __future__ import annotations

import re

_MARK = re.compile(r"(?:^|(?<=\s))homelab\.network owner=(\S+)(?:\s+|$)")


def owner_of(comment: str | None) -> str | None:
    """Who owns what the comment stands at."""
    match = _MARK.search(comment or "")
    return match.group(1) if match else None


def marked(comment: str | None, owner: str | None) -> str:
    """The comment with the mark of this owner in front, or without any for None."""
    rest = _MARK.sub("", comment or "").strip()
    return " ".join(filter(None, [f"homelab.network owner={owner}" if owner else "", rest]))
