# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the unit tests: property tests that draw the same examples in every run."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# A gate must not depend on luck, nor on how busy the machine is; `make campaign` draws at random, and more.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
settings.register_profile(
    "campaign", max_examples=5000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))
