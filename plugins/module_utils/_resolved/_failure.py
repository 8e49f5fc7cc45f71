# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The ways in which the split DNS of a workstation can fail."""

from __future__ import annotations

import typing as t

from .._errors import NetworkError

# Values of the return key `failure`: a role tells by it a host that cannot from one that did not.
UNSUPPORTED = "unsupported"
INVALID = "invalid"
CONFLICT = "conflict"
UNPROVED = "unproved"


class DelegateError(NetworkError):
    """A delegate that cannot be had: `failure` is one of the constants above."""

    def __init__(self, failure: str, msg: str, **details: t.Any) -> None:
        super().__init__(msg, failure=failure, **details)
        self.failure = failure

    def followed_by(self, sentence: str) -> DelegateError:
        """The same failure, with what was done about it."""
        others = {key: value for key, value in self.details.items() if key != "failure"}
        return DelegateError(self.failure, f"{self.msg} {sentence}", **others)
