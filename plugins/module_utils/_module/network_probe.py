# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Module network_probe."""

from __future__ import annotations

import collections
import contextlib
import functools
import typing as t

from .._errors import NetworkError
from .._probe._check import parse_checks
from .._probe._outcome import FAILED, OK, UNPROVED
from .._probe._retry import run_patiently
from .._probe._runner import run_checks

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run_module(module: AnsibleModule) -> dict[str, t.Any]:
    """Run all checks; a check that fails is a result, not a failure."""
    timeout = module.params["timeout"]
    if timeout <= 0:
        raise NetworkError(f"timeout: {timeout:g} is no time to wait; write a number of seconds above 0")
    retry_for = module.params["retry_for"]
    if retry_for < 0:
        raise NetworkError(
            f"retry_for: {retry_for:g} is no time to try again; write a number of seconds, 0 for once only"
        )
    run = functools.partial(run_checks, timeout=timeout, flush=functools.partial(_flush, module))
    results = run_patiently(run, parse_checks(module.params["checks"]), retry_for)
    counts = collections.Counter(result["status"] for result in results)
    return {
        "changed": False,
        "results": results,
        "counts": {status: counts[status] for status in (OK, FAILED, UNPROVED)},
    }


def _flush(module: AnsibleModule) -> None:
    """Empty the cache of systemd-resolved, where there is one and this user may."""
    with contextlib.suppress(OSError):
        module.run_command(["timeout", "5", "resolvectl", "flush-caches"], handle_exceptions=False)
