# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on what DNS servers answer: wildcards, special-use names, addresses that nobody in the LAN reaches."""

from __future__ import annotations

from ._rule import Rule

RULES: tuple[Rule, ...] = ()
