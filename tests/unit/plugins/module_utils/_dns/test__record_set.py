# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet, parse_record_set


@pytest.mark.parametrize(
    ("name", "rtype", "values", "expected"),
    [
        ("NAS.Home.ARPA.", "A", [" 192.0.2.20 "], "nas.home.arpa A 192.0.2.20"),
        ("nas.home.arpa", "A", ["192.0.2.9", "192.0.2.10", "192.0.2.9"], "nas.home.arpa A 192.0.2.10 192.0.2.9"),
        ("nas.home.arpa", "AAAA", ["2001:DB8:0::20"], "nas.home.arpa AAAA 2001:db8::20"),
        ("*.home.arpa", "A", ["192.0.2.20"], "*.home.arpa A 192.0.2.20"),
        ("www.home.arpa", "CNAME", ["Nas.Home.Arpa."], "www.home.arpa CNAME nas.home.arpa"),
        ("bücher.home.arpa", "A", ["192.0.2.20"], "xn--bcher-kva.home.arpa A 192.0.2.20"),
        ("home.arpa", "MX", ["10  Mail.home.arpa."], "home.arpa MX 10 mail.home.arpa"),
        ("_http._tcp.home.arpa", "SRV", ["0 5 080 nas.home.arpa"], "_http._tcp.home.arpa SRV 0 5 80 nas.home.arpa"),
        ("home.arpa", "TXT", ["v=spf1  -all"], "home.arpa TXT v=spf1  -all"),
        ("20.2.0.192.in-addr.arpa", "PTR", ["nas.home.arpa."], "20.2.0.192.in-addr.arpa PTR nas.home.arpa"),
        ("home.arpa", "NS", ["ns.home.arpa"], "home.arpa NS ns.home.arpa"),
    ],
)
def test_one_spelling(name: str, rtype: str, values: list[str], expected: str) -> None:
    record, problems = parse_record_set(name, rtype, values, None)
    assert (str(record), problems) == (expected, [])


@pytest.mark.parametrize(
    ("name", "rtype", "values", "reason"),
    [
        ("a..home.arpa", "A", ["192.0.2.1"], "empty label"),
        ("my_nas.home.arpa", "A", ["192.0.2.1"], "holds '_'"),
        ("nas.home.arpa", "A", ["192.0.2.256"], "is not an IPv4 or IPv6 address"),
        ("nas.home.arpa", "A", ["2001:db8::1"], "belongs into a record set of type AAAA"),
        ("nas.home.arpa", "AAAA", ["192.0.2.1"], "belongs into a record set of type A"),
        ("www.home.arpa", "CNAME", ["192.0.2.1"], "ends with a number"),
        ("www.home.arpa", "CNAME", ["a.home.arpa", "b.home.arpa"], "one canonical name, not 2"),
        ("www.home.arpa", "CNAME", ["WWW.home.arpa."], "points to itself"),
        ("home.arpa", "MX", ["mail.home.arpa"], "'preference target'"),
        ("home.arpa", "MX", ["70000 mail.home.arpa"], "numbers from 0 to 65535"),
        ("_x._tcp.home.arpa", "SRV", ["1 2 nas.home.arpa"], "'priority weight port target'"),
        ("home.arpa", "TXT", [""], "a text is empty"),
    ],
)
def test_what_cannot_be_read(name: str, rtype: str, values: list[str], reason: str) -> None:
    problems = parse_record_set(name, rtype, values, None)[1]
    assert len(problems) == 1
    assert reason in problems[0]
    assert problems[0].startswith(f"{name} {rtype}: ")


def test_all_that_is_wrong_with_one_record_set() -> None:
    problems = parse_record_set("a b.home.arpa", "A", ["one", "192.0.2.1", "two"], 2**31)[1]
    assert [problem.split(": ", 1)[1].split()[0] for problem in problems] == ["the", "'one'", "'two'", "the"]


def test_text_shows_ttl_and_what_is_not_served() -> None:
    assert str(RecordSet("a.home.arpa", "A", ("192.0.2.1",), 60)) == "a.home.arpa A 60 192.0.2.1"
    assert str(RecordSet("a.home.arpa", "A", ())) == "a.home.arpa A (not served)"
