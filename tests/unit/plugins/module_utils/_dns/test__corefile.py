# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._corefile import (
    blocks,
    file_block,
    forward_chunks,
    parse,
    spell_forward,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._marked_text import fold
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet

TEXT = """\
# by hand
(snippet) {
    errors
}
import other
dns://Home.Arpa.:53, lab.test
b.test:5353 { # why
    import snippet
    file "a b.zone" {
        reload 10s
    }
}
. {
    kubernetes cluster.local in-addr.arpa
    reload
}
unfinished {
"""


def test_server_blocks_are_read_and_nothing_is_lost() -> None:
    assert [(block.zones, block.plugins) for block in blocks(TEXT)] == [
        ((), (("errors",),)),
        (("home.arpa", "lab.test", "b.test"), (("import", "snippet"), ("file", "a b.zone"))),
        (("",), (("kubernetes", "cluster.local", "in-addr.arpa"), ("reload",))),
    ]
    assert "".join(piece if isinstance(piece, str) else piece.text for piece in parse(TEXT)) == TEXT


@pytest.mark.parametrize("port", [53, 5353])
def test_what_is_written_is_read(port: int) -> None:
    (block,) = blocks(file_block("home.arpa", port, "/etc/x/home.arpa.zone"))
    assert (block.zones, block.all("file")) == (("home.arpa",), [("/etc/x/home.arpa.zone",)])
    record = RecordSet("lab.test", "FWD", ("192.0.2.1", "2001:db8::1"))
    text = "".join(f"{line}\n" for line in spell_forward(record, port))
    assert [entry.record for entry in fold(forward_chunks(text)).values()] == [record]
    assert text.startswith("lab.test {" if port == 53 else "lab.test:5353 {")


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("192.0.2.0/24", ["2.0.192.in-addr.arpa"]),
        ("dns://192.0.2.7/24:5353", ["2.0.192.in-addr.arpa"]),
        ("10.0.0.0/15", ["0.10.in-addr.arpa", "1.10.in-addr.arpa"]),
        ("192.0.2.1/32", ["1.2.0.192.in-addr.arpa"]),
        ("0.0.0.0/0", ["in-addr.arpa"]),
        ("2001:DB8::/32", ["8.b.d.0.1.0.0.2.ip6.arpa"]),
        ("tls://2001:db8::/35", ["0.8.b.d.0.1.0.0.2.ip6.arpa", "1.8.b.d.0.1.0.0.2.ip6.arpa"]),
        ("192.0.2.1", ["192.0.2.1"]),
        ("192.0.2.0/255.255.255.0", ["192.0.2.0/255.255.255.0"]),
        ("192.0.2.0/33", ["192.0.2.0/33"]),
        ("0/25.2.0.192.in-addr.arpa", ["0/25.2.0.192.in-addr.arpa"]),
    ],
)
def test_a_block_of_addresses_stands_for_its_reverse_zones(key: str, found: list[str]) -> None:
    (block,) = blocks(f"a.test {key} {{\n whoami\n}}\n")
    assert block.zones == ("a.test", *found)


@pytest.mark.parametrize(
    ("plugins", "values"),
    [
        ("forward . 192.0.2.1:53 dns://192.0.2.2", ("192.0.2.1", "192.0.2.2")),
        ("forward . [2001:db8::1]:53 192.0.2.1:5353", ("192.0.2.1:5353", "2001:db8::1")),
        ("forward . tls://192.0.2.1 {\n tls_servername x\n }", ("tls://192.0.2.1",)),
        ("forward sub.a.test 192.0.2.1", ()),
        ("forward . 192.0.2.1\n forward x 192.0.2.2", ()),
        ("errors\n forward . 192.0.2.1\n cache 30", ("192.0.2.1",)),
        ("file x\n forward . 192.0.2.1", ()),
        ("log\n forward . 192.0.2.1", ()),
        ("hosts {\n 192.0.2.9 printer.a.test\n fallthrough\n }\n forward . 192.0.2.1", ()),
    ],
)
def test_what_is_forwarded_by_hand(plugins: str, values: tuple[str, ...]) -> None:
    found = fold(forward_chunks(f"a.test {{\n {plugins}\n}}\n"))
    assert [entry.record.values for entry in found.values()] == ([values] if values else [])
