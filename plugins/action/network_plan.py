# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the network plan on the controller, and says what it makes."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ..plugin_utils.plan._check import Checked, check
from ..plugin_utils.plan._live import Snapshot, read_snapshot
from ..plugin_utils.plan._merge import Part
from ..plugin_utils.plan._plain import NotEvaluated
from ..plugin_utils.plan._problem import ERROR, ROOT, WARNING, Problem
from ..plugin_utils.plan._secrets import VARIABLE
from ..plugin_utils.plan._summary import results, verdict
from ..plugin_utils.plan._text import numbered
from ..plugin_utils.plan._variables import PART, plain, read_part

_ARGUMENTS = {
    "plan": {"type": "dict"},
    "live": {"type": "dict"},
    "fail_on": {"type": "str", "choices": ["error", "warning", "never"], "default": "error"},
}


class ActionModule(ActionBase):
    """The action of the module network_plan."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Check the plan; the result is the same in check mode."""
        super().run(tmp, task_vars)
        self.validate_argument_spec(_ARGUMENTS)
        variables = task_vars or {}
        secrets = self._part(VARIABLE, variables) if VARIABLE in variables else Part(VARIABLE, {})
        live = self._live()
        checked = check(self._parts(variables), secrets, live=live)
        reasons = self._reasons(checked)
        if reasons:
            message = "\n".join(["The network plan has problems.", *numbered(reasons)])
            return {"failed": True, "changed": False, "msg": message, **verdict(checked), **_unseen(live)}
        found = {"changed": False, **results(checked, live), **_unseen(live)}
        warnings = [f"{problem.message} {problem.fix}" for problem in checked.problems]
        return {**found, "warnings": warnings} if warnings else found

    def _reasons(self, checked: Checked) -> list[Problem]:
        """The problems for which the task fails."""
        fail_on = self._task.args.get("fail_on", ERROR)
        if fail_on == WARNING:
            return list(checked.problems)
        return checked.errors if fail_on == ERROR else []

    def _live(self) -> Snapshot | None:
        """What was seen of the network, if it was given."""
        value = self._task.args.get("live")
        return None if value is None else read_snapshot(plain(value))

    def _parts(self, variables: Mapping[str, t.Any]) -> list[Part]:
        if self._task.args.get("plan") is not None:
            return [self._part("plan", self._task.args)]
        names = sorted(name for name in variables if name == ROOT or name.startswith(PART))
        return [self._part(name, variables) for name in names]

    def _part(self, name: str, variables: Mapping[str, t.Any]) -> Part:
        """One variable in plain Python."""
        try:
            value = self._get(variables, name)
        except NotEvaluated as error:
            return Part(name, None, failures={(): str(error)})
        return read_part(name, value, self._get)

    def _get(self, container: t.Any, key: t.Any) -> t.Any:
        """A value of a container, its template evaluated: variables reach an action as they were written."""
        value = container[key]
        is_text = isinstance(value, str)
        if isinstance(value, (Mapping, list, tuple, bool, int, float)) or (is_text and "{" not in value):
            return value
        # A template, or a text that Vault holds.
        try:
            return self._templar.template(value)
        except AnsibleError as error:
            raise NotEvaluated(str(error).rstrip(".")) from error


def _unseen(live: Snapshot | None) -> dict[str, t.Any]:
    """The targets with which the plan could not be compared, and why."""
    found = live.unseen if live else {}
    return {"unseen": [{"target": target, "reason": reason} for target, reason in sorted(found.items())]}
