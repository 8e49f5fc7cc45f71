# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe import _varlink
from ansible_collections.homelab.network.plugins.module_utils._probe._resolver import LookupFailure
from ansible_collections.homelab.network.plugins.module_utils._probe._varlink import (
    NoVarlink,
    VarlinkError,
    call,
    resolve_hostname,
)

from .fake_varlink import serving

ADDRESSES = {
    "parameters": {"addresses": [{"family": 10, "address": [0x20, 1, *[0] * 14]}, {"address": [192, 0, 2, 1]}]}
}
MISSING = {"error": "org.varlink.service.MethodNotFound", "parameters": {"method": "x"}}
NOWHERE = {"error": "io.systemd.Resolve.DNSError", "parameters": {"rcode": 3}}
EMPTY = {"error": "io.systemd.Resolve.NoSuchResourceRecord", "parameters": {}}
REFUSED = {"error": "io.systemd.Resolve.DNSError", "parameters": {"rcode": 5}}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "varlink"
    monkeypatch.setattr(_varlink, "_SOCKET", str(path))
    return path


def test_a_call_and_its_reply(place: Path) -> None:
    with serving(place, {"parameters": {"x": 1}}) as fake:
        assert call("Method", {"name": "a.b"}, 5) == {"x": 1}
    assert fake.calls == [{"method": "io.systemd.Resolve.Method", "parameters": {"name": "a.b"}}]


def test_what_is_not_there(place: Path) -> None:
    with pytest.raises(NoVarlink, match="does not serve"):
        call("Method", {}, 5)
    with serving(place, MISSING), pytest.raises(NoVarlink, match="has no Method for varlink"):
        call("Method", {}, 5)


@pytest.mark.parametrize(("reply", "nothing"), [(NOWHERE, True), (EMPTY, True), (REFUSED, False)])
def test_errors(place: Path, reply: dict[str, t.Any], nothing: bool) -> None:
    with serving(place, reply), pytest.raises(VarlinkError) as raised:
        call("Method", {}, 5)
    assert raised.value.is_nothing == nothing


def test_silence(place: Path) -> None:
    start = time.monotonic()
    with serving(place, b""), pytest.raises(TimeoutError):
        call("Method", {}, 0.2)
    assert time.monotonic() - start < 2


def test_addresses(place: Path) -> None:
    with serving(place, ADDRESSES) as fake:
        assert resolve_hostname("a.b", 5) == ["192.0.2.1", "2001::"]
        resolve_hostname("a.b", 5, cache=False)
    assert [sent["parameters"]["flags"] for sent in fake.calls] == [0, 0x1000]


@pytest.mark.parametrize("reply", [NOWHERE, EMPTY])
def test_no_address_is_an_answer(place: Path, reply: dict[str, t.Any]) -> None:
    with serving(place, reply):
        assert resolve_hostname("a.b", 5) == []


@pytest.mark.parametrize(
    "reply",
    [REFUSED, MISSING, b"{}\0", b"[]\0", b"{", b"junk\0", {"parameters": {"addresses": [{"address": [1]}]}}],
)
def test_no_answer(place: Path, reply: t.Any) -> None:
    with serving(place, reply), pytest.raises(LookupFailure):
        resolve_hostname("a.b", 1)
