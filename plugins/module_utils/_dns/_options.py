# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The options of the DNS modules; what they mean stands in the documentation of the modules."""

from __future__ import annotations

import typing as t

from ._rdata import TYPES
from ._registry import BACKENDS

_ALGORITHMS = ["hmac-sha1", "hmac-sha224", "hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-md5"]

CONNECTION_SPEC: dict[str, t.Any] = {
    "backend": {"type": "str", "required": True, "choices": sorted(BACKENDS)},
    "url": {"type": "str"},
    "server": {"type": "str"},
    "port": {"type": "int", "default": 53},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "tsig_name": {"type": "str"},
    "tsig_secret": {"type": "str", "no_log": True},
    "tsig_algorithm": {"type": "str", "default": "hmac-sha256", "choices": _ALGORITHMS},
    "site": {"type": "str"},
    "path": {"type": "path"},
    "hosts_dir": {"type": "path"},
    "restart_command": {"type": "list", "elements": "str"},
    "ledger_path": {"type": "path"},
    "kubeconfig": {"type": "path"},
    "context": {"type": "str"},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 10.0},
}

RECORD_SPEC: dict[str, t.Any] = {
    **CONNECTION_SPEC,
    "records": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "type": {"type": "str", "required": True, "choices": list(TYPES)},
            "value": {"type": "str"},
            "values": {"type": "list", "elements": "str"},
            "ttl": {"type": "int"},
            "reverse": {"type": "bool", "default": False},
        },
        "mutually_exclusive": [("value", "values")],
    },
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
    "owner": {"type": "str", "default": "homelab.network"},
    "zone": {"type": "str"},
    "scope": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "list", "elements": "str", "default": []},
    "create_zones": {"type": "list", "elements": "str", "default": []},
    "max_deletes": {"type": "int"},
    "allow_empty": {"type": "bool", "default": False},
    "on_foreign": {"type": "str", "default": "refuse", "choices": ["refuse", "take_over"]},
}

INFO_SPEC: dict[str, t.Any] = {
    **CONNECTION_SPEC,
    "zone": {"type": "str"},
    "names": {"type": "list", "elements": "str", "default": []},
    "scope": {"type": "list", "elements": "str", "default": []},
    "owner": {"type": "str"},
}

CONNECTION_RULES: dict[str, t.Any] = {
    # Pi-hole has a password and no users.
    "required_by": {"username": "password", "tsig_name": "tsig_secret", "tsig_secret": "tsig_name"},
}
