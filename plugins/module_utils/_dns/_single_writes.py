# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What servers have in common that take one object with each write: the errors of one among many."""

from __future__ import annotations

import contextlib
import typing as t

from .._errors import NetworkError
from ._backend import Backend, Interest
from ._entry import Change
from ._error import Raced
from ._record_set import Key, named

_ALL = Interest(frozenset(), frozenset(), everything=True)


@contextlib.contextmanager
def about(*keys: Key) -> t.Iterator[None]:
    """Have an error say which record sets the write was for."""
    try:
        yield
    except NetworkError as error:
        error.msg = f"{named(keys)}: {error.msg}"
        raise


@contextlib.contextmanager
def one_by_one(backend: Backend, changes: t.Iterable[Change]) -> t.Iterator[None]:
    """Have an error Raced say which of the changes were made before it: those that the server shows."""
    try:
        yield
    except Raced as raced:
        now = {entry.record.key: entry for entry in backend.read(_ALL).entries}
        raced.applied = tuple(change for change in changes if now.get(change.key) == change.after)
        raise
