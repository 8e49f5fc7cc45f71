# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How a value that a person wrote is shown back to them."""

from __future__ import annotations

_LONGEST = 80
_KINDS: dict[type, str] = {list: "a list", tuple: "a list", dict: "a mapping", type(None): "an empty value"}


def shown(value: object) -> str:
    """A value in at most about 80 characters; a container by its kind alone, because it may hold anything."""
    if isinstance(value, str):
        return repr(str(value)) if len(value) <= _LONGEST else repr(str(value[:_LONGEST])) + "…"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, (int, float)):
        # Python refuses to print an integer of more than 4300 digits.
        return "a very long number" if abs(value) > 1e80 else f"the number {value}"
    for kind, words in _KINDS.items():
        if isinstance(value, kind):
            return words
    return f"a value of the type {type(value).__name__}"
