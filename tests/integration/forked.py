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
    secret: str | t.Sequence[str],
    check: bool = False,
    fails: bool | None = False,
    where: Where | None = None,
) -> Result:
    """The result of a module; the test fails unless the module ends as expected, and when it prints a secret.

    Options that are None count as left out. `fails` None lets it end in either way. `where` is entered in the fork.
    """
    given = {key: value for key, value in options.items() if value is not None}
    text, seconds = _fork(name, {**given, "_ansible_check_mode": check, "_ansible_diff": True}, where)
    assert "Traceback" not in text, text
    for word in [secret] if isinstance(secret, str) else secret:
        assert word not in text
    result = Result(json.loads(text))
    result.text, result.seconds = text, seconds
    assert fails is None or result.get("failed", False) == fails, result
    return result


def cut_module(name: str, options: t.Mapping[str, t.Any], when: t.Callable[[], bool]) -> None:
    """Run a module and kill it as soon as something is so, if it does not end before."""
    process, output = _start(name, {**options, "_ansible_check_mode": False}, contextlib.nullcontext())
    with output:
        while process.exitcode is None and not when():
            process.join(0.001)
        process.kill()
        process.join()


def _fork(name: str, arguments: dict[str, t.Any], where: Where | None) -> tuple[str, float]:
    begin = time.monotonic()
    process, output = _start(name, arguments, where or contextlib.nullcontext())
    with output:
        process.join(_PATIENCE)
        seconds = time.monotonic() - begin
        if process.exitcode is None:
            process.kill()
            process.join()
        output.seek(0)
        text = output.read()
    assert seconds < _PATIENCE, f"{name} did not end: {text}"
    return text, seconds


def _start(name: str, arguments: dict[str, t.Any], where: Where) -> tuple[multiprocessing.Process, t.TextIO]:
    """A module that runs in a fork, and the file that it prints to."""
    module = importlib.import_module(f"{_MODULES}.{name}")
    output = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  # whoever waits for the process closes it
    process = multiprocessing.get_context("fork").Process(
        target=_main, args=(module, arguments, where, output.fileno())
    )
    process.start()
    return process, output


def _main(module: ModuleType, arguments: dict[str, t.Any], where: Where, output: int) -> None:
    sys.stdout.flush()
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")  # noqa: SIM115  # they live as long as the process
    try:
        with where, patch_module_args(arguments):
            module.main()
    finally:
        # A fork of a thread of a pool fails to join that thread at its end, before anything is written.
        sys.stdout.flush()
        sys.stderr.flush()
