# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks print about a whole run."""

from __future__ import annotations

import typing as t

from ..plugin_utils.plan._hosts import Groups
from ..plugin_utils.plan._stages import preview, unplanned


def site_unplanned(hostvars: t.Any, groups: Groups) -> list[str]:
    """What carries the mark of this collection and is no longer planned, one text each."""
    return unplanned(hostvars, groups)


def site_preview(hostvars: t.Any, groups: Groups, checked: t.Mapping[str, t.Any], expect: str = "") -> dict[str, t.Any]:
    """What a run would change, from the results of the roles in check mode."""
    return preview(hostvars, groups, checked, expect)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {"site_preview": site_preview, "site_unplanned": site_unplanned}
