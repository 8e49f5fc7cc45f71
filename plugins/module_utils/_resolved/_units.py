# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The units of systemd-resolved: which of them run, and the links by which they are enabled or masked."""

from __future__ import annotations

import contextlib
from pathlib import Path

from . import _entry
from ._files import explained
from ._host import Host
from ._record import Entry

SERVICE = "systemd-resolved.service"
# Newer versions have sockets, which start the service and outlive it.
_UNITS = ("systemd-resolved-monitor.socket", "systemd-resolved-varlink.socket", SERVICE)
_DIRECTORIES = ("/etc/systemd/system", "/run/systemd/system")
_NAMES = ("systemd-resolved*", "dbus-org.freedesktop.resolve1.service", "*.wants/systemd-resolved*")


def links() -> tuple[tuple[str, str], ...]:
    """Path and target of each link, by path."""
    paths = (path for folder in _DIRECTORIES for name in _NAMES for path in Path(folder).glob(name))
    return tuple(sorted((str(path), _entry.read(str(path)).target or "") for path in paths if path.is_symlink()))


def running(host: Host) -> tuple[str, ...]:
    """The units that run, sorted."""
    return tuple(unit for unit in _UNITS if host.run(["systemctl", "--quiet", "is-active", unit])[0] == 0)


def ready(host: Host) -> bool:
    """Whether the service runs and does so after the next start of the host."""
    enabled = host.try_(["systemctl", "is-enabled", SERVICE])
    return bool(enabled) and SERVICE in running(host)


def enable(host: Host) -> None:
    """Let the service run now and from the next start of the host on.

    :raises DelegateError: systemctl failed.
    """
    masks = [Path(path) for path, target in links() if target == "/dev/null"]
    _remove(masks)
    if masks:
        host.systemctl("daemon-reload")
    host.systemctl("enable", SERVICE)
    host.systemctl("start", SERVICE)


def restore(host: Host, wanted: tuple[tuple[str, str], ...], ran: tuple[str, ...]) -> None:
    """Let exactly these links be there, and exactly these units run.

    :raises DelegateError: it cannot be done.
    """
    idle = [unit for unit in running(host) if unit not in ran]
    if idle:
        host.systemctl("stop", *idle)
    changed = links() != wanted
    _remove([Path(path) for path, _target in links() if path not in dict(wanted)])
    for path, target in wanted:
        with explained("write", Path(path)):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        _entry.put(path, Entry(target=target))
    if changed:
        host.systemctl("daemon-reload")
    stopped = [unit for unit in ran if unit not in running(host)]
    if stopped:
        host.systemctl("start", *stopped)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        _entry.put(str(path), Entry())
        if path.parent.suffix == ".wants":
            # As systemctl does: what is empty was made for the link. It is not when somebody else has one there.
            with contextlib.suppress(OSError):
                path.parent.rmdir()
