# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the schema of the plan uses in several places."""

from __future__ import annotations

from ._containers import ListOf
from ._nodes import Choice, Name, Single, Span, Text

OURS = "homelab.network"

# Names become parts of paths, of host names in memory and of names of objects.
IDENTIFIER = Text(
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]*", form="a name of letters, digits, hyphens, underscores and dots"
)
OBJECT = Text(pattern=r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", form="a name of lower-case letters, digits and hyphens")
ZONE = Name(underscore=True)

SECRET_HINTS = dict.fromkeys(
    ("password", "token", "username", "tsig_secret", "api_key"),
    "Credentials stand in the variable homelab_network_secrets, by the name of the server.",
)


def texts(meaning: str, default: str = "none") -> ListOf:
    return ListOf(meaning=meaning, default=default, item=Text())


def ranges(meaning: str, required: bool = False) -> ListOf:
    return ListOf(meaning=meaning, required=required, default="" if required else "none", item=Span())


def addresses(meaning: str, required: bool = False, default: str = "none", words: tuple[str, ...] = ()) -> ListOf:
    return ListOf(meaning=meaning, required=required, default="" if required else default, item=Single(words=words))


def lease() -> Choice:
    return Choice(
        meaning="static: the DHCP server gives it always this address, which may lie in its range",
        words=("static",),
        default="none",
    )


def managed_by(meaning: str) -> Text:
    return Text(
        meaning=f"{meaning}; whoever else it is, it is checked, proved and shown, and never written", default=OURS
    )
