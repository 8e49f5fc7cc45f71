# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The exception tree of the collection, the guard for third-party libraries, the one except ladder of all modules."""

from __future__ import annotations

import importlib
import typing as t
from types import ModuleType

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


class NetworkError(Exception):
    """A failure that a user can read and act upon.

    `msg` says what was tried, where, why it failed, and the fix. `details` are returned beside it as keys of the
    result. Neither may hold a secret. Each area derives its own class.
    """

    def __init__(self, msg: str, **details: t.Any) -> None:
        super().__init__(msg)
        self.msg = msg
        self.details = details


class MissingLibrary(NetworkError):
    """A Python library is not installed where the module runs."""


def require(name: str, package: str | None = None) -> ModuleType:
    """Import the third-party library `name`, or raise MissingLibrary that says on which Python it is missing.

    :param package: what has to be installed, where it has another name than the library.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        from ansible.module_utils.basic import missing_required_lib

        raise MissingLibrary(missing_required_lib(package or name.split(".", maxsplit=1)[0])) from error


def run(module: AnsibleModule, function: t.Callable[[AnsibleModule], dict[str, t.Any]]) -> None:
    """Call `function(module)` and end the module: with the dict it returns, or with the message of a NetworkError."""
    try:
        result = function(module)
    except NetworkError as error:
        module.fail_json(msg=error.msg, **error.details)
    module.exit_json(**result)
