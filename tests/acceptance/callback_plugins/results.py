# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON line for each task result of a run, so that a test can ask for exactly what was changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: results
type: notification
short_description: One JSON line for each task result
description:
  - Appends to the file that the environment variable TEST_RESULTS names.
"""


class CallbackModule(CallbackBase):
    """Plain data of each result: host, action, task, how it ended, whether it changed, its diff and message."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "results"

    def _write(self, result: object, status: str) -> None:
        data = result._result
        diffs = data.get("diff") or []
        line = {
            "host": result._host.get_name(),
            "action": result._task.action,
            "task": result._task.get_name(),
            "status": status,
            "changed": bool(data.get("changed")),
            "msg": data.get("msg", ""),
            "diff": diffs if isinstance(diffs, list) else [diffs],
        }
        with Path(os.environ["TEST_RESULTS"]).open("a", encoding="utf-8") as out:
            out.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._write(result, "ok")

    def v2_runner_on_failed(self, result, ignore_errors=False):  # noqa: ARG002  # by this name it is passed
        self._write(result, "failed")

    def v2_runner_on_unreachable(self, result):
        self._write(result, "unreachable")
