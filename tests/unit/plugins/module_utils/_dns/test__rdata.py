# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _rdata


@pytest.mark.parametrize(
    ("rtype", "text", "canonical", "presentation"),
    [
        ("A", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:DB8:0::1", "2001:db8::1", "2001:db8::1"),
        ("CAA", "000 Issue letsencrypt.org", '0 issue "letsencrypt.org"', '0 issue "letsencrypt.org"'),
        ("CAA", '128 iodef "mailto:a b@example.org"', '128 iodef "mailto:a b@example.org"', None),
        ("CNAME", "NAS.Home.arpa.", "nas.home.arpa", "nas.home.arpa."),
        ("FWD", "192.0.2.53", "192.0.2.53", "192.0.2.53"),
        ("HTTPS", '1 . port=8443 alpn="h2,h3"', "1 . alpn=h2,h3 port=8443", "1 . alpn=h2,h3 port=8443"),
        ("HTTPS", "0 Svc.example.org.", "0 svc.example.org", "0 svc.example.org."),
        ("SVCB", "1 a.b key65000=x no-default-alpn", "1 a.b no-default-alpn key65000=x", None),
        ("SVCB", "1 . ipv6hint=2001:DB8:0::1,2001:db8::2", "1 . ipv6hint=2001:db8::1,2001:db8::2", None),
        ("MX", "10  Mail.home.arpa", "10 mail.home.arpa", "10 mail.home.arpa."),
        ("MX", "0 .", "0 .", "0 ."),
        ("NS", "ns1.home.arpa", "ns1.home.arpa", "ns1.home.arpa."),
        ("PTR", "bücher.home.arpa", "xn--bcher-kva.home.arpa", "xn--bcher-kva.home.arpa."),
        ("SRV", "0 5 443 web.home.arpa.", "0 5 443 web.home.arpa", "0 5 443 web.home.arpa."),
        ("TXT", "v=spf1 -all", "v=spf1 -all", '"v=spf1 -all"'),
    ],
)
def test_one_spelling(rtype: str, text: str, canonical: str, presentation: str | None) -> None:
    assert _rdata.canonical(rtype, text) == canonical
    if presentation:
        assert _rdata.presentation(rtype, canonical) == presentation
    assert _rdata.canonical(rtype, _rdata.presentation(rtype, canonical)) == canonical


@pytest.mark.parametrize(
    ("rtype", "text", "reason"),
    [
        ("A", "2001:db8::1", "type AAAA"),
        ("A", "192.0.2.300", "192.0.2.300"),
        ("CAA", "256 issue x", "flags from 0 to 255"),
        ("CAA", "issue letsencrypt.org", "flags tag"),
        ("CNAME", "a..b", "empty label"),
        ("HTTPS", "h2", "priority target parameters"),
        ("HTTPS", "1 . alpn=h2 alpn=h3", "stands there twice"),
        ("HTTPS", "1 . aplan=h2", "not known; there are mandatory, alpn"),
        ("HTTPS", "1 . ipv4hint=2001:db8::1", "other family"),
        ("HTTPS", "1 . port=70000", "no port"),
        ("HTTPS", "0 a.b alpn=h2", "priority 0 makes an alias"),
        ("MX", "mail.home.arpa", "preference target"),
        ("MX", "70000 mail.home.arpa", "0 to 65535"),
        ("SRV", "0 5 web.home.arpa", "priority weight port target"),
        ("TXT", "", "a text is empty"),
        ("TXT", '"open', "strings in quotes"),
    ],
)
def test_what_is_wrong(rtype: str, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        _rdata.canonical(rtype, text)
    assert _rdata.held(rtype, text) == text


def test_where_a_value_leads() -> None:
    assert _rdata.target("SRV", "0 5 443 web.home.arpa") == "web.home.arpa"
    assert _rdata.target("MX", "0 .") == ""
    assert _rdata.target("A", "192.0.2.1") == ""
