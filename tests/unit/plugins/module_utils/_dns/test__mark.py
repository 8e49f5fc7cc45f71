# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._mark import marked, owner_of


@pytest.mark.parametrize("comment", ["", "the printer", "  two  words ", "owner=me"])
def test_the_rest_of_a_comment_stays(comment: str) -> None:
    with_mark = marked(comment, "home")
    assert owner_of(comment) is None
    assert owner_of(with_mark) == "home"
    assert owner_of(marked(with_mark, "lab")) == "lab"
    assert marked(with_mark, None) == comment.strip()
    assert marked(with_mark, "home") == with_mark


def test_a_mark_is_found_wherever_it_stands() -> None:
    assert owner_of("note homelab.network owner=home more") == "home"
    assert marked("note homelab.network owner=home more", None) == "note more"
    assert owner_of("xhomelab.network owner=home") is None
    assert owner_of(None) is None
