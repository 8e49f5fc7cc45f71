# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run as Ansible runs them, each in a fork, which has the libraries loaded already."""

from __future__ import annotations

import contextlib
import importlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
import typing as t
from types import ModuleType

from ansible.module_utils.testing import patch_module_args

_MODULES = "ansible_collections.homelab.network.plugins.modules"
_PATIENCE = 150

Where = contextlib.AbstractContextManager[t.Any]


class Result(dict[str, t.Any]):
    """What a module returned, all that it printed, and the seconds that it took."""

    text: str
    seconds: float


def run_module(
    name: str,
    options: t.Mapping[str, t.Any],
    *,
    secret: str,
    check: bool = False,
    fails: bool = False,
    where: Where | None = None,
) -> Result:
    """The result of a module; the test fails unless the module ends as expected, and when it prints the secret.

    Options that are None count as left out. `where` is entered in the fork.
    """
    given = {key: value for key, value in options.items() if value is not None}
    text, seconds = _fork(name, {**given, "_ansible_check_mode": check, "_ansible_diff": True}, where)
    assert "Traceback" not in text, text
    assert secret not in text
    result = Result(json.loads(text))
    result.text, result.seconds = text, seconds
    assert result.get("failed", False) == fails, result
    return result


def _fork(name: str, arguments: dict[str, t.Any], where: Where | None) -> tuple[str, float]:
    module = importlib.import_module(f"{_MODULES}.{name}")
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        given = (module, arguments, where or contextlib.nullcontext(), output.fileno())
        process = multiprocessing.get_context("fork").Process(target=_main, args=given)
        begin = time.monotonic()
        process.start()
        process.join(_PATIENCE)
        seconds = time.monotonic() - begin
        if process.exitcode is None:
            process.kill()
            process.join()
        output.seek(0)
        text = output.read()
    assert seconds < _PATIENCE, f"{name} did not end: {text}"
    return text, seconds


def _main(module: ModuleType, arguments: dict[str, t.Any], where: Where, output: int) -> None:
    sys.stdout.flush()
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")  # noqa: SIM115  # they live as long as the process
    with where, patch_module_args(arguments):
        module.main()
