# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._pihole_items import (
    Item,
    make,
    read_cname,
    read_host,
    read_line,
)


def shown(item: Item) -> str:
    found = [item.kind, *item.names, item.type, item.value, str(item.ttl), item.comment]
    return " | ".join(filter(None, found))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.5 nas.home.arpa", "host | nas.home.arpa | A | 192.0.2.5 | None"),
        ("\t2001:DB8:0::5  NAS.home.arpa.\tnas ", "host | nas.home.arpa | nas | AAAA | 2001:db8::5 | None"),
        ("192.0.2.5 nas # cellar # left", "host | nas | A | 192.0.2.5 | None | cellar # left"),
        ("192.0.2.5 nas #cellar", "host | nas | A | 192.0.2.5 | None | cellar"),
        ("192.0.2.5 bücher.home.arpa", "host | xn--bcher-kva.home.arpa | A | 192.0.2.5 | None"),
        ("192.0.2.5", "host | None"),
        ("192.0.2.5 # nothing", "host | None"),
    ],
)
def test_hosts(text: str, expected: str) -> None:
    assert shown(read_host(text)) == expected
    assert read_host(text).text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("www.home.arpa,nas.home.arpa", "cname | www.home.arpa | CNAME | nas.home.arpa | None"),
        (
            "A.home.arpa, b.home.arpa ,NAS.home.arpa,60",
            "cname | a.home.arpa | b.home.arpa | CNAME | nas.home.arpa | 60",
        ),
        ("cname.home.arpa,nas,0", "cname | cname.home.arpa | CNAME | nas | 0"),
        ("a.home.arpa", "cname | None"),
        ("a.home.arpa,", "cname | None"),
    ],
)
def test_aliases(text: str, expected: str) -> None:
    assert shown(read_cname(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("address=/Apps.home.arpa/192.0.2.6", "address | *.apps.home.arpa | A | 192.0.2.6 | None"),
        ("address=/a.test/b.test/2001:db8::6", "address | *.a.test | *.b.test | AAAA | 2001:db8::6 | None"),
        ("server=/k8s.home.arpa/192.0.2.9", "server | k8s.home.arpa | FWD | 192.0.2.9 | None"),
        ("server=/a/b/192.0.2.9#5353", "server | a | b | FWD | 192.0.2.9#5353 | None"),
        ("cname=www.home.arpa,nas.home.arpa,9", "cname= | www.home.arpa | CNAME | nas.home.arpa | 9"),
        ("address=/blocked.test/", "other | None"),
        ("address=/blocked.test/#", "other | None"),
        ("address=/#/192.0.2.1", "other | None"),
        ("server=/upstream.test/#", "other | None"),
        ("server=192.0.2.9", "other | None"),
        ("local=/home.arpa/", "other | None"),
        ("# address=/apps.home.arpa/192.0.2.6", "other | None"),
    ],
)
def test_lines(text: str, expected: str) -> None:
    assert shown(read_line(text)) == expected


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        (("nas.home.arpa", "A"), "192.0.2.5", "192.0.2.5 nas.home.arpa # homelab.network owner=home cellar"),
        (("*.home.arpa", "AAAA"), "2001:db8::5", "address=/home.arpa/2001:db8::5"),
        (("k8s.home.arpa", "FWD"), "192.0.2.9", "server=/k8s.home.arpa/192.0.2.9"),
        (("www.home.arpa", "CNAME"), "nas.home.arpa", "www.home.arpa,nas.home.arpa,60"),
    ],
)
def test_what_is_made_reads_back(key: tuple[str, str], value: str, text: str) -> None:
    item = make(key, value, 60 if key[1] == "CNAME" else None, "home", "cellar")
    assert (item.text, item.names, item.type, item.value) == (text, (key[0],), key[1], value)
    readers: dict[str, t.Callable[[str], Item]] = {"host": read_host, "cname": read_cname}
    assert readers.get(item.kind, read_line)(text) == item


def test_a_name_is_taken_out_and_the_spelling_of_the_others_stays() -> None:
    host = read_host("2001:DB8::5 Nas nas.home.arpa FILES # homelab.network owner=home cellar")
    assert [item.text for item in host.without("nas.home.arpa")] == [
        "2001:DB8::5 Nas FILES # homelab.network owner=home cellar"
    ]
    assert [item.text for item in host.without("nas")] == ["2001:DB8::5 nas.home.arpa FILES # cellar"]
    assert read_line("address=/a.test/192.0.2.1").without("*.a.test") == []
