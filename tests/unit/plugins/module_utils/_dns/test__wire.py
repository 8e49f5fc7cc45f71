# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dns.name
import dns.rdata
import dns.rdatatype
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _rdata
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._transfer import Record
from ansible_collections.homelab.network.plugins.module_utils._dns._wire import Wire, text_of
from hypothesis import given
from hypothesis import strategies as st

VALUES = [
    ("A", "192.0.2.1"),
    ("AAAA", "2001:db8::1"),
    ("CAA", '0 issue "ca.example.org; policy=ev"'),
    ("CAA", '128 iodef "mailto:a@example.org"'),
    ("CNAME", "nas.home.arpa"),
    ("CNAME", "_dmarc.home.arpa"),
    ("HTTPS", "0 svc.home.arpa"),
    ("HTTPS", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1"),
    ("HTTPS", "1 . mandatory=alpn alpn=h2 no-default-alpn ech=AAT+DQAA"),
    ("SVCB", "2 dns.home.arpa alpn=dot dohpath=/dns-query{?dns}"),
    ("SVCB", "2 dns.home.arpa ohttp key65000=ab"),
    ("MX", "0 ."),
    ("MX", "10 mail.home.arpa"),
    ("NS", "ns1.home.arpa"),
    ("PTR", "nas.home.arpa"),
    ("SRV", "0 5 443 nas.home.arpa"),
    ("SRV", "0 0 0 ."),
    ("TXT", "v=spf1 -all"),
    ("TXT", '"" "a\\"b" "\\255\\000"'),
    ("TXT", "ü" * 200),
]


def received(rtype: str, wire: bytes, before: bytes = b"") -> Record:
    """A value within a message."""
    number = dns.rdatatype.from_text(rtype)
    return Record("a.home.arpa", number, 300, before + wire + b"behind", len(before), len(wire))


@pytest.mark.parametrize(("rtype", "value"), VALUES)
def test_a_value_is_the_same_after_it_was_sent(rtype: str, value: str) -> None:
    assert _rdata.canonical(rtype, value) == value
    wire = Wire()
    sent = wire.rdata(rtype, value)
    found, encoding = wire.value(rtype, received(rtype, sent.to_wire(), b"before"))
    assert found == value
    assert encoding == (None if rtype in ("A", "AAAA", "TXT") else sent)


def test_every_type_but_forwarding_is_among_them() -> None:
    assert {rtype for rtype, _value in VALUES} == set(_rdata.TYPES) - {"FWD"}


@given(st.lists(st.binary(max_size=255), min_size=1, max_size=4))
def test_any_text_is_the_same_after_it_was_sent(parts: list[bytes]) -> None:
    wire = Wire()
    octets = b"".join(bytes([len(part)]) + part for part in parts)
    value, encoding = wire.value("TXT", received("TXT", octets))
    assert encoding is None
    assert wire.rdata("TXT", value).to_wire() == octets


def test_the_letter_case_of_the_server_is_kept_for_it_alone() -> None:
    sent = dns.rdata.from_text("IN", "SRV", "0 5 443 NAS.Home.ARPA.")
    value, encoding = Wire().value("SRV", received("SRV", sent.to_wire()))
    assert value == "0 5 443 nas.home.arpa"
    assert encoding is not None
    assert encoding.to_wire() == sent.to_wire()
    assert text_of(dns.name.from_text("*.Apps.Home.ARPA.")) == "*.apps.home.arpa"


@pytest.mark.parametrize(
    ("rtype", "octets", "value"),
    [
        pytest.param("OPENPGPKEY", b"\x00", "AA==", id="type-of-no-back-end"),
        pytest.param("TYPE65280", b"\x00", r"\# 1 00", id="unknown-type"),
        # BIND takes any length of a fingerprint; dnspython does not.
        pytest.param("SSHFP", b"\x01\x01\x00", r"\# 3 010100", id="refused-by-the-library"),
        pytest.param("SRV", b"\x00", r"\# 1 00", id="too-short"),
        pytest.param("A", b"\x00", r"\# 1 00", id="no-address"),
    ],
)
def test_what_has_no_canonical_spelling_has_that_of_zone_files(rtype: str, octets: bytes, value: str) -> None:
    found, encoding = Wire().value(rtype, received(rtype, octets))
    assert (found, encoding and encoding.to_wire()) == (value, octets)


def test_types_have_names() -> None:
    assert [Wire().type_of(number) for number in (1, 65534)] == ["A", "TYPE65534"]


def test_what_cannot_be_encoded_is_named() -> None:
    with pytest.raises(DnsError, match=r"HTTPS '1 \. ech=!' cannot be written as a record"):
        Wire().rdata("HTTPS", "1 . ech=!")
    with pytest.raises(DnsError, match="longer than a name can be"):
        Wire().name(".".join(["a" * 60] * 5))
