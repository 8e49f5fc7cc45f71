# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._errors import MissingLibrary, NetworkError, require, run


class Ended(Exception):
    """What a module does last."""


class FakeModule:
    """Models the two ways in which a module ends."""

    def fail_json(self, **result: object) -> None:
        raise Ended("failed", result)

    def exit_json(self, **result: object) -> None:
        raise Ended("done", result)


def end(error: NetworkError | None = None) -> tuple[object, ...]:
    def function(_module: FakeModule) -> dict[str, object]:
        if error:
            raise error
        return {"changed": True}

    with pytest.raises(Ended) as caught:
        run(FakeModule(), function)
    return caught.value.args


def test_a_module_ends_with_its_result() -> None:
    assert end() == ("done", {"changed": True})


def test_a_module_ends_with_the_message_and_the_details() -> None:
    assert end(NetworkError("no route", problems=["a"])) == ("failed", {"msg": "no route", "problems": ["a"]})


def test_other_exceptions_are_bugs_and_stay() -> None:
    def function(_module: FakeModule) -> dict[str, object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(FakeModule(), function)


def test_require() -> None:
    assert require("json").loads("1") == 1
    with pytest.raises(MissingLibrary, match=r"required Python library \(no_such_library\)"):
        require("no_such_library.part")
    with pytest.raises(MissingLibrary, match=r"required Python library \(package-of-it\)"):
        require("no_such_library.part", "package-of-it")
