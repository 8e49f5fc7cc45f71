# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on the variable homelab_network_secrets. Nothing here ever repeats a value of it."""

from __future__ import annotations

import typing as t

from ._merge import Part
from ._model import Plan
from ._problem import WARNING, Path, Report, path_text, step
from ._rules._rule import Rule

VARIABLE = "homelab_network_secrets"
_SHORTEST = 8
_UNREAD = "Correct its template, or give the Vault password that opens it."

# What stands beside a secret and is none.
_OPEN = {"username", "user", "email", "id", "tsig_name", "tsig_algorithm"}

RULES = (
    Rule(
        "secret-too-short",
        "Ansible hides a secret wherever its text stands; a short one stands in other words as well.",
        "homelab_network_secrets: {pihole: {password: short}}",
    ),
    Rule(
        "secret-in-plan",
        "Ansible would hide the parts of the plan that hold the same text, in results as well.",
        "homelab_network: {lan: {devices: {mediaserver: 192.168.30.20}}}\n"
        "homelab_network_secrets: {pihole: {password: mediaserver}}",
    ),
    Rule(
        "secret-not-evaluated",
        "The template of a secret fails, often because a variable is not defined.",
        "homelab_network_secrets: {pihole: {password: '{{ no_such_variable }}'}}",
    ),
    Rule(
        "secret-missing",
        "A DNS server is written through an account.",
        "homelab_network: {dns: {servers: {adguard: {backend: adguard_home, address: 192.168.30.45}}}}",
        severity=WARNING,
    ),
)


def check_secrets(plan: Plan, tree: t.Any, secrets: Part, report: Report) -> None:
    """Note what is wrong with the secrets: their names, never their values."""
    for path, place in secrets.places.items():
        report.places.setdefault((VARIABLE, *path), place)
    for path in secrets.failures:
        where = (VARIABLE, *path)
        report.add("secret-not-evaluated", [where], f"{path_text(where)} cannot be evaluated.", _UNREAD)
    texts = "\n".join(_texts(tree))
    for path, value in _leaves(secrets.value if isinstance(secrets.value, dict) else {}, ()):
        where = (VARIABLE, *path)
        if len(value) < _SHORTEST:
            message = f"{path_text(where)} is shorter than {_SHORTEST} characters."
            report.add("secret-too-short", [where], message, f"Choose one of {_SHORTEST} characters or more.")
        elif value in texts:
            message = f"{path_text(where)} is contained in a text of the plan."
            report.add("secret-in-plan", [where], message, "Choose a secret that is no word of the plan.")
    _missing(plan, secrets, report)


def _missing(plan: Plan, secrets: Part, report: Report) -> None:
    known = secrets.value if isinstance(secrets.value, dict) else {}
    failed = {str(path[0]) for path in secrets.failures if path}
    for server in plan.servers.values():
        given = known.get(server.name)
        leaves = list(_leaves({"": given}, ()))
        if (
            server.managed
            and server.kind.account
            and not leaves
            and server.name not in failed
            and () not in secrets.failures
        ):
            message = f"{VARIABLE} says nothing of {path_text(server.path)}."
            fix = f"Add {VARIABLE}.{server.name}, unless the server takes changes from everyone."
            report.add("secret-missing", [server.path], message, fix, WARNING)


def _leaves(value: t.Any, path: Path) -> t.Iterator[tuple[Path, str]]:
    """The secret texts: an empty one is a missing one."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in _OPEN:
                yield from _leaves(item, (*path, step(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif value is not None and step(value):
        yield path, step(value)


def _texts(value: t.Any) -> t.Iterator[str]:
    """Every key and every text of the plan."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield step(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
