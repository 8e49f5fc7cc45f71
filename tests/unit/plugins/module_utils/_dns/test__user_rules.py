# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _rdata, _txt
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._user_rules import edit, fold, parse, problems, spell
from hypothesis import given
from hypothesis import strategies as st

SAMPLES = {
    "TXT": ["v=spf1 -all", 'a,b;c $5 "q" ## back\\slash ', "grün, \N{GRINNING FACE}", '""', "x" * 255],
    "MX": ["10 mail.test"],
    "PTR": ["nas.test"],
    "SRV": ["0 5 443 nas.test", "0 0 0 ."],
    "HTTPS": ["1 . alpn=h2 port=8443", "1 svc.test no-default-alpn alpn=h2 ech=AEX+DQ==", "0 svc.test"],
    "SVCB": ["1 dns.test alpn=dot"],
}


@pytest.mark.parametrize(("rtype", "value"), [(rtype, value) for rtype in SAMPLES for value in SAMPLES[rtype]])
def test_what_is_spelt_is_read_back(rtype: str, value: str) -> None:
    value = _rdata.canonical(rtype, value)
    line = spell("a.test", rtype, value)
    assert parse(line) == (("a.test", rtype), value)
    assert line.startswith(f"|a.test^$dnsrewrite=NOERROR;{rtype};")
    # A tool that cuts rules at the last comma keeps all of the value.
    assert line.rpartition(",")[2] == f"dnstype={rtype}"
    assert "," not in line.rpartition(",")[0]
    assert parse(line.rpartition(",")[0]) == parse(line)


@given(st.binary(max_size=255))
def test_every_text_is_read_back_and_has_no_character_of_the_syntax(octets: bytes) -> None:
    value = _txt.spell([octets])
    line = spell("a.test", "TXT", value)
    assert parse(line) == (("a.test", "TXT"), value)
    assert not set(line.partition(";TXT;")[2].rpartition(",")[0]) & set(",$#\n")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("|A.test^$dnsrewrite=noerror;txt;hello", (("a.test", "TXT"), "hello")),
        ("|a.test^$dnstype=TXT,dnsrewrite=NOERROR;TXT;hello", (("a.test", "TXT"), "hello")),
        (f"|a.test^$dnsrewrite=NOERROR;TXT;{'x' * 300}", (("a.test", "TXT"), "x" * 300)),
        (r"|a.test^$dnsrewrite=NOERROR;TXT;a\,b,important", (("a.test", "TXT"), "a,b")),
        ("|a.test^$dnsrewrite=NOERROR;A;192.0.2.1", (("a.test", "A"), "192.0.2.1")),
        ("|a.test^$dnsrewrite=192.0.2.1", (("a.test", "A"), "192.0.2.1")),
        ("|a.test^$dnsrewrite=2001:DB8::1", (("a.test", "AAAA"), "2001:db8::1")),
        ("|a.test^$dnsrewrite=B.test", (("a.test", "CNAME"), "b.test")),
        ("|*.a.test^$dnsrewrite=NOERROR;MX;10 m.test", (("*.a.test", "MX"), "10 m.test")),
        (
            '|a-a.test^$dnsrewrite=NOERROR;TXT;"heritage=external-dns,external-dns/owner=k"',
            (("a-a.test", "TXT"), '"\\"heritage=external-dns,external-dns/owner=k\\""'),
        ),
        ("|a.test^", None),
        ("||a.test^$dnsrewrite=NOERROR;TXT;hello", None),
        ("@@|a.test^$dnsrewrite=NOERROR;TXT;hello", None),
        ("|a.test^$dnsrewrite=NXDOMAIN", None),
        ("|a.test^$dnsrewrite=NOERROR;CAA;0 issue x", None),
        ("|a.test^$dnsrewrite=NOERROR;TXT;hello,client=192.0.2.9", None),
        ("|a.test^$dnsrewrite=NOERROR;TXT;hello,dnstype=A", None),
        ("! homelab.network owner=home name=a.test type=TXT", None),
    ],
)
def test_parse(line: str, found: object) -> None:
    assert parse(line) == found


@pytest.mark.parametrize(
    ("rtype", "value", "told"),
    [
        ("TXT", "x" * 256, "one string of at most 255 octets"),
        ("TXT", '"one" "two"', "one string of at most 255 octets"),
        ("MX", "0 .", "cannot lead to the root"),
        ("SRV", "0 0 1 _x.test", "cannot lead to _x.test"),
        ("PTR", "x_y.test", "cannot lead to x_y.test"),
        ("HTTPS", "1 . alpn=h2,h3", "one plain value for the parameter alpn, not h2,h3"),
        ("HTTPS", "1 . ohttp", "no parameter ohttp"),
        ("SVCB", "1 . key65333=x", "no parameter key65333"),
    ],
)
def test_what_rules_cannot_say(rtype: str, value: str, told: str) -> None:
    (problem,) = problems(RecordSet("a.test", rtype, (value,)))
    assert told in problem


@pytest.mark.parametrize(("rtype", "value"), [(rtype, value) for rtype in SAMPLES for value in SAMPLES[rtype]])
def test_what_rules_can_say(rtype: str, value: str) -> None:
    assert list(problems(RecordSet("a.test", rtype, (_rdata.canonical(rtype, value),)))) == []


def test_a_new_value_takes_the_place_of_an_old_one() -> None:
    lines = ["||ads.test^", spell("a.test", "TXT", "one"), "! mine", spell("a.test", "TXT", "two")]
    assert edit(lines, {("a.test", "TXT"): ["two", "three", "four"]}) == [
        "||ads.test^",
        spell("a.test", "TXT", "three"),
        "! mine",
        spell("a.test", "TXT", "two"),
        spell("a.test", "TXT", "four"),
    ]


def test_a_value_that_stands_there_twice_stays_once() -> None:
    line = "|a.test^$dnsrewrite=NOERROR;TXT;one"
    assert edit([line, "", spell("a.test", "TXT", "one")], {("a.test", "TXT"): ["one"]}) == [line, ""]


KEYS = st.tuples(st.sampled_from(["a.test", "b.test"]), st.sampled_from(["TXT", "PTR"]))
WANTED = st.dictionaries(KEYS, st.sets(st.sampled_from(["x.test", "y.test", "z.test"])))
FOREIGN = st.lists(
    st.sampled_from(["", "! note", "||ads.test^", "|c.test^$dnsrewrite=NOERROR;TXT;x", "@@|a.test^", " |a.test^ # "])
)


@given(FOREIGN, WANTED, WANTED)
def test_edit(foreign: list[str], first: dict, second: dict) -> None:
    lines = edit(edit(foreign, first), second)
    wanted = {key: values for key, values in {**first, **second}.items() if values}
    found = {key: set(values) for key, values in fold(lines).items() if key[0] != "c.test"}
    assert found == wanted
    assert edit(lines, second) == lines
    assert edit(lines, dict.fromkeys({**first, **second}, ())) == foreign
