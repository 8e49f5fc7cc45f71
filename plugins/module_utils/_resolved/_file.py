# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The text of a delegate's file (systemd.dns-delegate(5)), and whose it is."""

from __future__ import annotations

from ._scope import Scope

DIRECTORY = "/etc/systemd/dns-delegate.d"
# Files of the same name here are hidden by ours and come back when ours is removed.
LOWER_DIRECTORIES = (
    "/run/systemd/dns-delegate.d",
    "/usr/local/lib/systemd/dns-delegate.d",
    "/usr/lib/systemd/dns-delegate.d",
)
SUFFIX = ".dns-delegate"
# resolved reads the files as user systemd-resolve: a mode that shuts it out loses the delegate without a log line.
FILE_MODE = 0o644
DIRECTORY_MODE = 0o755
_FILE_BITS = 0o004
_DIRECTORY_BITS = 0o005

MARK = "# Managed by homelab.network; changes made here are overwritten."


def render(delegate: Scope) -> str:
    """The file of a delegate: one value a line, because a comment or a wrong item behind a value spoils the others."""
    lines = [MARK, "[Delegate]"]
    lines += [f"DNS={server}" for server in delegate.servers]
    lines += [f"Domains=~{domain}" for domain in delegate.routed]
    lines += [f"Domains={domain}" for domain in delegate.searched]
    if delegate.default_route:
        lines.append("DefaultRoute=yes")
    if delegate.firewall_mark:
        lines.append(f"FirewallMark={delegate.firewall_mark}")
    return "\n".join(lines) + "\n"


def is_readable(mode: int) -> bool:
    """Whether user systemd-resolve can read a file of this mode."""
    return bool(mode & _FILE_BITS)


def is_listable(mode: int | None) -> bool:
    """Whether user systemd-resolve can list a directory of this mode; `None` = there is none."""
    return mode is not None and mode & _DIRECTORY_BITS == _DIRECTORY_BITS


def is_ours(text: str) -> bool:
    """Whether this collection wrote a file; the settings may have been altered since."""
    return text.startswith(MARK)


def same_settings(text: str, delegate: Scope) -> bool:
    """Whether a file that somebody else wrote says exactly what ours would say."""
    return _settings(text) == _settings(render(delegate))


def _settings(text: str) -> tuple[list[str], list[str]]:
    """What counts of a text, lists taken apart: the domains, which have no order, and all else."""
    domains: list[str] = []
    others: list[str] = []
    for line in (raw.strip() for raw in text.splitlines()):
        if not line or line[0] in "#;":
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        kind = domains if key == "Domains" else others
        kind += [f"{key}{equals}{item}" for item in value.split() or [""]]
    return sorted(domains), others
