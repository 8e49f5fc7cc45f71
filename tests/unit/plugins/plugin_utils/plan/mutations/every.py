# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways to break a plan that nothing is wrong with: each breaks one rule, and no other rule may say anything."""

from __future__ import annotations

from . import clusters, dns, entries, lan, names, reach, shape
from .draft import MUTATIONS, WITHOUT, Draft

__all__ = ["MUTATIONS", "WITHOUT", "Draft", "clusters", "dns", "entries", "lan", "names", "reach", "shape"]
