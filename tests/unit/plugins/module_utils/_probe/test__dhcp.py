# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._datagram import encode_broadcast
from ansible_collections.homelab.network.plugins.module_utils._probe._dhcp import answer_in, serves
from ansible_collections.homelab.network.plugins.module_utils._probe._dhcp_message import Message, client_of, encode
from ansible_collections.homelab.network.plugins.module_utils._probe._dhcp_rules import Answer, Question
from hypothesis import given
from hypothesis import strategies as st

QUESTION = Question(7, "192.0.2.60", "eth0")
MAC = "02:00:00:00:00:01"
HEAD = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def packet(*, ident: int = 7, client: str = client_of(QUESTION.address), port: int = 68) -> bytes:
    """An offer of a server that does not name itself."""
    message = Message(reply=True, ident=ident, client=client, options={53: b"\2"}, address="192.0.2.101")
    return encode_broadcast(67, port, encode(message))


def test_an_answer() -> None:
    found = answer_in(packet(), MAC, {7: QUESTION}, 1.23456)
    assert found == Answer(QUESTION, "0.0.0.0", MAC, "192.0.2.101", 1.235)


@pytest.mark.parametrize("wrong", [{"ident": 8}, {"client": MAC}, {"port": 67}])
def test_what_is_for_others(wrong: dict[str, object]) -> None:
    assert answer_in(packet(**wrong), MAC, {7: QUESTION}, 1.0) is None


@given(st.binary(max_size=400), st.booleans())
def test_any_bytes(junk: bytes, wrapped: bool) -> None:
    assert answer_in(encode_broadcast(67, 68, junk) if wrapped else junk, MAC, {7: QUESTION}, 1.0) is None


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("", False),
        (" 1: 00000000:0044 00000000:0000 07 0 0 0 0 0 0 0\n", False),
        (" 1: 0100007F:0035 00000000:0043 07 0 0 0 0 0 0 0\n", False),
        (" 1: 00000000:0044 00000000:0000 07 0\n 2: 00000000:0043 00000000:0000 07 0\n", True),
    ],
)
def test_a_server_on_this_host(lines: str, found: bool) -> None:
    assert serves(HEAD + lines) is found
