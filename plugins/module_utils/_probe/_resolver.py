# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Name lookups as the programs of this host do them: through the C library."""

from __future__ import annotations

import queue
import socket
import threading
import typing as t

FAMILIES = {"A": socket.AF_INET, "AAAA": socket.AF_INET6}
# "There is no such name" and "the name has no such record"; glibc has both, others only the first.
_NOTHING = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class LookupFailure(Exception):
    """The lookup gave no result; the text says why."""


def addresses(name: str, family: int, timeout: float) -> list[str]:
    """The addresses of a name in the order in which a program would try them; empty when there is none.

    :raises LookupFailure: nobody can tell.
    """

    def lookup() -> list[str]:
        found = socket.getaddrinfo(name, None, family, socket.SOCK_STREAM)
        return list(dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found))

    return _within(timeout, lookup)


def names(address: str, timeout: float) -> list[str]:
    """The names of an address; empty when it has none.

    :raises LookupFailure: nobody can tell.
    """

    def lookup() -> list[str]:
        name, aliases, _addresses = socket.gethostbyaddr(address)
        return sorted({entry.lower().rstrip(".") for entry in (name, *aliases)})

    return _within(timeout, lookup)


def _within(timeout: float, lookup: t.Callable[[], list[str]]) -> list[str]:
    """Run a lookup; the C library has no time limit that a program could set, so the thread is left behind."""
    results: queue.Queue[list[str] | OSError] = queue.Queue()

    def work() -> None:
        try:
            results.put(lookup())
        except OSError as error:
            results.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        result = results.get(timeout=timeout)
    except queue.Empty:
        raise LookupFailure(f"no answer within {timeout:g} s") from None
    if isinstance(result, socket.herror) or (isinstance(result, socket.gaierror) and result.errno in _NOTHING):
        return []
    if isinstance(result, OSError):
        raise LookupFailure(result.strerror or str(result)) from result
    return result
