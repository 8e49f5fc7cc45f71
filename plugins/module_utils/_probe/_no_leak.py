# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Asks for fresh names in all ways that this host has, while it records where their queries go."""

from __future__ import annotations

import time
import typing as t

from ._capture import Capture
from ._frames import NoFrames
from ._leak import Evidence, Rules
from ._outcome import Outcome, unproved
from ._questions import Question, fresh_questions
from ._ways import ask_all, known_ways

# A resolver that asks several servers at once sends all queries within this time.
_SETTLE = 0.15
# A name without a dot may be asked for by multicast, for which a resolver waits long in vain.
_SHORT_PATIENCE = 0.5


def check_no_leak(
    zones: t.Sequence[str], servers: t.Sequence[str], allow_public: bool, ports: t.Sequence[int], timeout: float
) -> Outcome:
    """Do private names go to the private servers alone, and others to others?"""
    questions = fresh_questions(zones, known_ways())
    times = []
    missing: dict[Question, str] = {}
    try:
        with Capture(ports) as capture:
            # One after the other, because an encrypted query tells nothing but when it was sent.
            for batch, patience in (
                (questions.private, timeout),
                (questions.public, timeout),
                (questions.short, min(timeout, _SHORT_PATIENCE)),
            ):
                times.append(time.monotonic())
                missing.update(ask_all(batch, patience))
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
        missing,
    )
    return Rules(zones, frozenset(servers), allow_public).judge(questions, evidence)
