# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How a DNS server is reached: what the plan, its user and the secrets say of it, as options of the module."""

from __future__ import annotations

import typing as t

from ...module_utils._dns._options import CONNECTION_SPEC
from ...module_utils._dns._registry import BACKENDS
from ._problem import Report
from ._secrets import VARIABLE

OPTIONS = "dns_records_options"
_SECRET = {name for name, option in CONNECTION_SPEC.items() if option.get("no_log")}

# For back ends that cannot be without them; {} is the name of the server.
_DEFAULTS = {
    "path": "/etc/dnsmasq.d/homelab-network.conf",
    "ledger_path": "~/.local/state/homelab.network/{}.json",
}

Options = t.Mapping[str, t.Any]


def connection(server: Options, options: Options, secrets: Options) -> dict[str, t.Any]:
    """The connection options of a server. What is empty is left out.

    :param server: as the role has it; it may hold further options of the module.
    :param options: further options, C(secrets): credentials, each by the name of the server.
    :raises ValueError: an option that does not exist, or a secret outside of the secrets. No value is named.
    """
    name = str(server.get("name") or "")
    given = options.get(name) or {}
    problems = [_wrong(name, str(key)) for key in given if key not in CONNECTION_SPEC or key in _SECRET]
    problems += [_wrong(name, key) for key in sorted(_SECRET) if server.get(key)]
    if problems:
        raise ValueError(" ".join(problems))
    kind = BACKENDS.get(str(server.get("backend")))
    needed = kind.required_options if kind else ()
    parts = [
        {key: text.format(name or "server") for key, text in _DEFAULTS.items() if key in needed},
        server,
        given,
        secrets.get(name) or {},
    ]
    return {key: part[key] for part in parts for key in CONNECTION_SPEC if part.get(key) not in (None, "")}


def _wrong(name: str, key: str) -> str:
    if key in _SECRET:
        return f"The {key} of {name or 'a DNS server'} belongs into {VARIABLE}.{name or '<server>'}, and nowhere else."
    guess = Report().nearest(key, [*CONNECTION_SPEC])
    hint = f'Did you mean "{guess}"?' if guess else f"There are {', '.join(sorted({*CONNECTION_SPEC} - _SECRET))}."
    return f"{OPTIONS}.{name}.{key} is no option of homelab.network.dns_record. {hint}"
