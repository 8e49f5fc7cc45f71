# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Looks fresh names up while it records where their queries go."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

from . import _resolver
from ._capture import Capture
from ._frames import NoFrames
from ._leak import Evidence, Rules, fresh_names
from ._outcome import Outcome, unproved

# A resolver that asks several servers at once sends all queries within this time.
_SETTLE = 0.15
# A name without a dot may be asked for by multicast, for which a resolver waits long in vain.
_SHORT_PATIENCE = 1.0


def check_no_leak(zones: t.Sequence[str], servers: t.Sequence[str], allow_public: bool, timeout: float) -> Outcome:
    """Do private names go to the private servers alone, and others to others?"""
    names = fresh_names(zones)
    times = []
    try:
        with Capture() as capture:
            for batch, patience in (
                (names.private, timeout),
                ((names.public,), timeout),
                ((names.short,), min(timeout, _SHORT_PATIENCE)),
            ):
                times.append(time.monotonic())
                _look_up(batch, patience)
                time.sleep(_SETTLE)
    except NoFrames as error:
        return unproved(str(error))
    if capture.lost:
        return unproved(f"{capture.lost} packets were lost while recording: try again when the host is less busy")
    _begin, public, short = times
    seen = capture.sightings
    evidence = Evidence(
        [item for item in seen if item.at < public],
        [item for item in seen if public <= item.at < short],
        [item for item in seen if short <= item.at],
    )
    return Rules(zones, frozenset(servers), allow_public).judge(names, evidence)


def _look_up(names: t.Sequence[str], patience: float) -> None:
    """Look names up, all at once; only the queries matter, not their answers."""

    def work(name: str) -> None:
        with contextlib.suppress(_resolver.LookupFailure):
            _resolver.addresses(name, 0, patience)

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
