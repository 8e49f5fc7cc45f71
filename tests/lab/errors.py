# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of the lab."""

from __future__ import annotations


class LabError(Exception):
    """The lab cannot go on; the message says what was tried, where, why, and what to do."""


class Stopped(LabError):
    """Work was given up because other work beside it failed or was interrupted."""
