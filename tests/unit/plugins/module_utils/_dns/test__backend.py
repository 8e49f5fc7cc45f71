# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Interest

SERVED = {"home.arpa", "lab.home.arpa", "deep.lab.home.arpa", "nothome.arpa", "example.org"}


def interest(
    names: t.Iterable[str] = (), zones: t.Iterable[str] = (), everything: bool = False, trees: t.Iterable[str] = ()
) -> Interest:
    return Interest(frozenset(names), frozenset(zones), everything, frozenset(trees))


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        (interest(), set()),
        (interest(names=["a.b.home.arpa", "a.lab.home.arpa", "a.test"]), {"home.arpa", "lab.home.arpa"}),
        (interest(zones=["home.arpa", "other.test"]), {"home.arpa"}),
        (interest(trees=["home.arpa"]), {"home.arpa", "lab.home.arpa", "deep.lab.home.arpa"}),
        (interest(names=["x.example.org"], trees=["lab.home.arpa"]), SERVED - {"home.arpa", "nothome.arpa"}),
        (interest(everything=True), SERVED),
    ],
)
def test_which_zones_are_read(asked: Interest, read: set[str]) -> None:
    assert asked.among(SERVED) == read
