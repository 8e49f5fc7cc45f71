# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _require
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._link_files import link_name
from ansible_collections.homelab.network.plugins.module_utils._resolved._require import (
    require_alone,
    require_host,
    require_options,
    require_search,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    DELEGATE,
    GLOBAL,
    LINK,
    Scope,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

from .fake_host import FACTS, FakeHost

HOME = parse_delegate("home", ["198.51.100.53"], ["home.arpa"])
SEARCH = parse_delegate("home", ["198.51.100.53"], search_domains=["home.arpa"])
PUBLIC = (Server("203.0.113.53"),)
FOREIGN = "nameserver 203.0.113.53\n"


@pytest.fixture(autouse=True)
def links(monkeypatch: pytest.MonkeyPatch) -> dict[str, Scope]:
    """The links of this collection on the host."""
    found: dict[str, Scope] = {}
    monkeypatch.setattr(_require, "links", lambda: found)
    return found


def test_a_host_that_is_fine(host: FakeHost) -> None:
    assert require_host(HOME, FACTS, take_over=False) == []
    assert require_options(HOME, FACTS, by_delegate=True) == []
    assert require_alone(host.loaded(), HOME) == []
    require_search(SEARCH, FACTS)


@pytest.mark.parametrize(
    ("state", "failure", "why"),
    [
        ({"version": 0, "active": False}, "unsupported", "does not run systemd"),
        ({"active": False, "enabled": "disabled"}, "unsupported", "not running on this host"),
        ({"resolv_conf": FOREIGN, "nss_resolve": False}, "conflict", "names 203.0.113.53"),
    ],
)
def test_hosts_that_cannot(host: FakeHost, state: dict[str, object], failure: str, why: str) -> None:
    host.be(**state)
    with pytest.raises(DelegateError, match=f"home.arpa cannot be set up here: .*{why}.*Nothing was written") as caught:
        require_host(HOME, host.state, take_over=False)
    assert caught.value.failure == failure
    assert caught.value.details["systemd_version"] == host.state.version


def test_a_host_that_is_taken_over(host: FakeHost) -> None:
    host.be(active=False, enabled="disabled", resolv_conf=FOREIGN, nss_resolve=False)
    assert require_host(HOME, host.state, take_over=True) == []
    host.be(version=0)
    with pytest.raises(DelegateError, match="does not run systemd"):
        require_host(HOME, host.state, take_over=True)


def test_programs_that_bypass_resolved(host: FakeHost) -> None:
    host.be(resolv_conf=FOREIGN)
    (warning,) = require_host(HOME, host.state, take_over=False)
    assert warning.startswith("Programs that read /etc/resolv.conf themselves")


@pytest.mark.parametrize(
    "state", [{"nss_resolve": False}, {"nsswitch": "hosts: files dns\n"}, {"nsswitch": "hosts: dns resolve\n"}]
)
def test_search_domains_that_the_c_library_appends(host: FakeHost, state: dict[str, object]) -> None:
    host.be(**state)
    require_search(HOME, host.state)
    with pytest.raises(DelegateError, match=r"would leak.*nothing\.example\.org\.home\.arpa\. Nothing was") as caught:
        require_search(SEARCH, host.state)
    assert caught.value.failure == "conflict"


@pytest.mark.parametrize(("version", "by_delegate"), [(259, True), (262, False)])
def test_a_firewall_mark_that_nobody_would_set(host: FakeHost, version: int, by_delegate: bool) -> None:
    host.be(version=version)
    marked = parse_delegate("home", ["198.51.100.53"], ["home.arpa"], firewall_mark=1)
    with pytest.raises(DelegateError, match="firewall_mark needs a delegate of systemd 260") as caught:
        require_options(marked, host.state, by_delegate)
    assert caught.value.failure == "unsupported"


def test_what_cannot_be_proved_or_has_a_price() -> None:
    marked = parse_delegate("home", ["198.51.100.53"], ["local"], firewall_mark=1)
    mark, local = require_options(marked, FACTS, by_delegate=True)
    assert "is not proved" in mark
    assert "multicast DNS" in local


def test_a_link_with_the_same_domain(host: FakeHost) -> None:
    host.others = [Scope(LINK, "eth0", PUBLIC, (), ("home.arpa",))]
    with pytest.raises(DelegateError, match=r"would leak\. Link eth0 claims home\.arpa too") as caught:
        require_alone(host.loaded(), HOME)
    assert caught.value.failure == "conflict"
    assert len(caught.value.details["conflicts"]) == 1


def test_a_link_with_a_longer_domain_is_warned_about(host: FakeHost) -> None:
    host.others = [Scope(LINK, "eth0", PUBLIC, (), ("lab.home.arpa",))]
    (warning,) = require_alone(host.loaded(), HOME)
    assert warning.startswith("Names below lab.home.arpa go to 203.0.113.53")


def test_a_search_domain_of_a_link_betrays_short_names(host: FakeHost) -> None:
    host.others = [Scope(LINK, "eth0", PUBLIC, (), ("lan",))]
    assert require_alone(host.loaded(), HOME) == []
    with pytest.raises(DelegateError, match=r"Link eth0 has search domains too.*203\.0\.113\.53, with lan behind it"):
        require_alone(host.loaded(), SEARCH)


def test_a_resolv_conf_that_is_replaced_is_no_obstacle(host: FakeHost) -> None:
    host.others = [Scope(GLOBAL, "", PUBLIC, (), ("home.arpa",))]
    assert require_alone(host.loaded(), HOME, coming=Scope(GLOBAL, "", PUBLIC)) == []
    with pytest.raises(DelegateError, match=r"The global configuration claims home\.arpa"):
        require_alone(host.loaded(), HOME)


def test_the_global_scope_is_judged_as_it_will_be() -> None:
    with pytest.raises(DelegateError, match=r"203\.0\.113\.53, with lan behind it.*`search` in /etc/resolv\.conf"):
        require_alone(Loaded(()), SEARCH, coming=Scope(GLOBAL, "", PUBLIC, (), ("lan",)))


def test_our_own_ways_of_the_same_name_are_none(host: FakeHost) -> None:
    host.others = [
        Scope(LINK, link_name("home"), (Server("192.0.2.1"),), ("home.arpa",)),
        Scope(DELEGATE, "home", PUBLIC, ("home.arpa",)),
    ]
    assert require_alone(host.loaded(), HOME) == []


def test_a_link_of_ours_stands_for_the_servers_behind_it(host: FakeHost, links: dict[str, Scope]) -> None:
    host.others = [Scope(LINK, "hl-other", (Server("192.0.2.17"),), ("home.arpa",))]
    with pytest.raises(DelegateError, match=r"192\.0\.2\.17"):
        require_alone(host.loaded(), HOME)
    links["hl-other"] = Scope(LINK, "other", HOME.servers, ("home.arpa",))
    assert require_alone(host.loaded(), HOME) == []


def test_a_link_of_ours_counts_as_its_delegate(host: FakeHost, links: dict[str, Scope]) -> None:
    links["hl-lab"] = Scope(LINK, "lab", PUBLIC, ("lab.home.arpa",))
    host.others = [Scope(LINK, "hl-lab", (Server("192.0.2.17"),), (), ("lab.home.arpa",))]
    assert require_alone(host.loaded(), HOME) == []
    assert require_alone(host.loaded(), SEARCH) == []
    # What is loaded decides.
    host.others = [Scope(LINK, "hl-lab", (Server("192.0.2.17"),), ("home.arpa",))]
    with pytest.raises(DelegateError, match=r"Delegate lab claims home\.arpa too.*203\.0\.113\.53") as caught:
        require_alone(host.loaded(), HOME)
    assert "hl-lab" not in caught.value.msg
    assert "NetworkManager" not in caught.value.msg
