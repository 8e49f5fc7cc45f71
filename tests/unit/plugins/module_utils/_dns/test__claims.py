# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._claims import claims
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import Key, RecordSet

HERITAGE = "heritage=external-dns,external-dns/owner=flock,external-dns/resource=service/media/plex"


def of(*texts: tuple[str, str]) -> dict[Key, str]:
    return claims(Entry(RecordSet(name, "TXT", (text,))) for name, text in texts)


def test_external_dns() -> None:
    found = of(("a-plex.home.arpa", HERITAGE), ("cname-www.home.arpa", f'"{HERITAGE}"'))
    assert set(found) == {
        ("a-plex.home.arpa", "TXT"),
        ("plex.home.arpa", "A"),
        ("cname-www.home.arpa", "TXT"),
        ("www.home.arpa", "CNAME"),
    }
    assert found["plex.home.arpa", "A"] == "ExternalDNS with the owner id 'flock'"


def test_external_dns_before_0_18_marked_the_name_itself() -> None:
    found = of(("plex.home.arpa", HERITAGE))
    assert {("plex.home.arpa", "A"), ("plex.home.arpa", "CNAME"), ("plex.home.arpa", "TXT")} <= set(found)


def test_octodns() -> None:
    found = of(("_owner.a.plex.home.arpa", "*octodns*"), ("_owner.txt._wildcard.home.arpa", "*octodns*"))
    assert found["plex.home.arpa", "A"] == found["*.home.arpa", "TXT"] == "octoDNS"


def test_other_texts_claim_nothing() -> None:
    assert of(("a-plex.home.arpa", "v=spf1 -all"), ("_owner.a.plex.home.arpa", "me")) == {}
    assert claims([Entry(RecordSet("a.home.arpa", "A", (HERITAGE,)))]) == {}


@pytest.mark.parametrize("text", [f'"{"x" * 256}"', '"a" b', '"never closed'])
def test_a_text_that_cannot_be_read_claims_nothing(text: str) -> None:
    assert of(("a.home.arpa", text), ("_owner.a.plex.home.arpa", text)) == {}


def test_a_claim_that_cannot_be_read_is_one() -> None:
    assert ("plex.home.arpa", "A") in of(("a-plex.home.arpa", f'"{HERITAGE}'))
