# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much is drawn: enough for a gate, and a lot in a campaign."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The profile says how many examples a property has that says nothing itself: 100 in a gate.
_TIMES = settings.default.max_examples // 100 if settings.default else 1


def effort(examples: int) -> settings:
    """Settings for a property that is looked at with so many examples in a gate.

    What is drawn is big, and some examples have no place for what is asked of them: neither is a fault.
    """
    return settings(max_examples=examples * _TIMES, suppress_health_check=list(HealthCheck))
