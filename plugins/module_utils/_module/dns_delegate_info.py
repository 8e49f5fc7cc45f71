# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Module dns_delegate_info."""

from __future__ import annotations

import typing as t

from .._resolved import _delegate_files
from .._resolved._host import Host
from .._resolved._link import links
from .._resolved._obstacle import obstacle
from .._resolved._report import make_setup, report

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run_info(module: AnsibleModule) -> dict[str, t.Any]:
    """What this host asks whom, and what of that is a leak."""
    host = Host.of(module)
    facts = host.facts()
    loaded = host.loaded() if facts.active else None
    own = links()
    files = _delegate_files.read_all()
    setup = make_setup(
        facts,
        loaded,
        own,
        files=tuple(files),
        strays=tuple(_delegate_files.strays()),
        obstacle=obstacle(facts),
    )
    result = report(setup, loaded, own)
    names = {delegate["name"] for delegate in result["delegates"]}
    result["files"] = [
        {
            "name": file.name,
            "path": file.path,
            "managed": file.managed,
            "mode": f"{file.mode:04o}",
            "loaded": file.name in names and facts.delegates,
        }
        for file in files
    ]
    result["drop_ins"] = _delegate_files.drop_ins()
    return {"changed": False, **_only(module.params["name"], result)}


def _only(name: str | None, result: dict[str, t.Any]) -> dict[str, t.Any]:
    """The result with the delegate of that name and its files alone; everything else tells of the whole host."""
    if name is None:
        return result
    own = {key: [item for item in result[key] if item["name"] == name] for key in ("delegates", "files")}
    return {**result, **own}
