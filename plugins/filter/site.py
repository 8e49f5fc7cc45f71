# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks print about a whole run."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..plugin_utils.plan._grid import map_lines
from ..plugin_utils.plan._hosts import Groups, snapshot
from ..plugin_utils.plan._live import read_snapshot
from ..plugin_utils.plan._model import Plan
from ..plugin_utils.plan._preflight import gives_out, held_back
from ..plugin_utils.plan._preview import preview
from ..plugin_utils.plan._preview_text import lines, reasons
from ..plugin_utils.plan._problem import ROOT
from ..plugin_utils.plan._proposals import as_yaml
from ..plugin_utils.plan._stages import unplanned_lines
from ..plugin_utils.plan._variables import checked_plan, plain


def _plan(context: t.Any) -> Plan:
    """The plan of the variables; the whole of it may stand in its parts."""
    return checked_plan(context, context.resolve_or_missing(ROOT) if ROOT in context.get_all() else {}).plan


def site_unplanned(hostvars: t.Any, groups: Groups, removed: bool = False) -> list[str]:
    """What carries the mark of this collection and is no longer planned, one text each."""
    return unplanned_lines(hostvars, groups, bool(removed))


def site_snapshot(hostvars: t.Any, groups: Groups) -> dict[str, dict[str, t.Any]]:
    """What look.yml has seen of the network, as the option live of network_plan takes it."""
    return snapshot(hostvars, groups)


@pass_context
def site_gives_out(context: t.Any, hostvars: t.Any, groups: Groups) -> bool:
    """Whether a run would give out addresses that are nobody's yet, from what look.yml has seen of the clusters."""
    return gives_out(_plan(context), read_snapshot(snapshot(hostvars, groups)))


def site_held_back(problems: t.Any, stage: str, target: str) -> bool:
    """Whether an error of network_plan speaks against a stage of a run on its target."""
    return held_back(plain(problems), str(stage), str(target))


@pass_context
def site_preview(
    context: t.Any, hostvars: t.Any, groups: Groups, checked: t.Mapping[str, t.Any], expect: str = ""
) -> dict[str, t.Any]:
    """What a run would change, from the results of the roles in check mode: data, and lines to read."""
    # Without groups nobody was looked at, for example as the plan has errors.
    plan = _plan(context) if groups else Plan()
    data = preview(plan, hostvars, groups, plain(checked), str(expect))
    return {
        "data": data,
        "lines": lines(data),
        "map": map_lines(data["map"]),
        "proposals": as_yaml(data["proposals"]),
        "problems": reasons(data),
    }


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {
            "site_gives_out": site_gives_out,
            "site_held_back": site_held_back,
            "site_preview": site_preview,
            "site_snapshot": site_snapshot,
            "site_unplanned": site_unplanned,
        }
