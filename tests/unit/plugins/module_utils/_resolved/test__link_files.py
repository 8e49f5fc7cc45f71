# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import MARK
from ansible_collections.homelab.network.plugins.module_utils._resolved._link_files import (
    BLOCKS,
    MOST_SERVERS,
    LinkPlaces,
    Tools,
    block_of,
    choose_block,
    link_name,
    make_redirects,
    names,
    own_scope,
    parse_rules,
    parse_unit,
    render,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import LINK, Scope, parse_delegate
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

TOOLS = Tools("/usr/sbin/ip", "/usr/sbin/nft", "/usr/bin/resolvectl")
HOME = parse_delegate(
    "home", ["192.168.50.2", "[fd00::2]:5300#dns.home.arpa"], ["home.arpa"], search_domains=["lab.home.arpa"]
)

SERVERS = ["192.168.50.2:5300", "fd00::2#dns.home.arpa"]


def files(wanted: Scope = HOME, block: int = 8, *, early: bool = True) -> dict[str, str]:
    return render(wanted, make_redirects(block, wanted.servers), TOOLS, early)


def lines(text: str, key: str) -> list[str]:
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


def unit(text: dict[str, str]) -> str:
    return text["/etc/systemd/system/homelab-network-dns-home.service"]


@pytest.mark.parametrize("name", ["a", "home", "Home", "x" * 64, "a.b_c-d"])
def test_the_name_of_a_link_fits_the_kernel(name: str) -> None:
    assert len(link_name(name)) <= 15
    assert link_name(name) == link_name(name)


def test_delegates_have_links_of_their_own() -> None:
    assert len({link_name(name) for name in ("home", "Home", "home2", "homelab-network")}) == 4


def test_blocks_are_stable_and_do_not_collide() -> None:
    taken: set[int] = set()
    for number in range(BLOCKS):
        block = choose_block(f"d{number}", taken)
        assert block not in taken
        taken.add(block)
    assert choose_block("home", set()) == choose_block("home", {(choose_block("home", set()) + 1) % BLOCKS})
    with pytest.raises(DelegateError, match=f"{BLOCKS} delegates"):
        choose_block("home", taken)


def test_no_address_of_one_block_is_one_of_another() -> None:
    servers = [Server("192.168.50.2"), Server("fd00::2")] * (MOST_SERVERS // 2)
    addresses = [[item.address for item in make_redirects(block, servers)] for block in range(BLOCKS)]
    flat = list(itertools.chain.from_iterable(addresses))
    assert len(set(flat)) == BLOCKS * MOST_SERVERS
    assert [{block_of(address) for address in own} for own in addresses] == [{block} for block in range(BLOCKS)]
    assert not {"192.0.2.0", "192.0.2.255"} & set(flat)


@pytest.mark.parametrize(
    "address", ["192.168.50.2", "198.51.100.1", "fd00::1", "fd68:6c6e:6574:0:1::", "fe80::1", "dns1.home.arpa"]
)
def test_addresses_of_others(address: str) -> None:
    assert block_of(address) is None


def test_another_server_in_the_same_place_keeps_the_address() -> None:
    before, after = make_redirects(3, [Server("192.168.50.2")]), make_redirects(3, [Server("192.168.50.3", 5300)])
    assert [item.address for item in before] == [item.address for item in after]


def test_the_rules_lead_to_the_servers() -> None:
    text = files()["/etc/homelab-network/dns-home.nft"]
    assert parse_rules(text) == {"192.0.2.129": "192.168.50.2", "fd68:6c6e:6574::82": "[fd00::2]:5300"}
    assert text.startswith(MARK)


def test_the_rules_as_older_and_newer_programs_list_them() -> None:
    listed = """table inet homelab-network-dns-home {
    chain output {
        type nat hook output priority -110; policy accept;
        ip daddr 192.0.2.129 meta l4proto { 6, 17 } th dport { 53, 853 } dnat ip to 192.168.50.2
        ip6 daddr fd68:6c6e:6574::82 meta l4proto { tcp, udp } th dport { 53, 853 } dnat ip6 to [fd00::2]:5300
        ip daddr 192.0.2.130 meta l4proto { tcp, udp } th dport { 53, 853 } dnat to 192.168.50.3
    }
    chain track {
        type filter hook output priority raw - 10; policy accept;
        ip daddr 192.0.2.129 meta l4proto { tcp, udp } th dport { 53, 853 } ct original zone set 4711
    }
}
"""
    assert parse_rules(listed) == {
        "192.0.2.129": "192.168.50.2",
        "fd68:6c6e:6574::82": "[fd00::2]:5300",
        "192.0.2.130": "192.168.50.3",
    }


def test_connections_to_each_server_are_kept_apart() -> None:
    one, other = (
        files(parse_delegate("home", [server], ["home.arpa"]))["/etc/homelab-network/dns-home.nft"]
        for server in ("192.168.50.2", "192.168.50.3")
    )
    zones = [text.partition("zone set ")[2].split()[0] for text in (one, other)]
    assert zones[0] != zones[1]
    assert "0" not in zones


def test_a_reload_does_what_a_start_does() -> None:
    text = unit(files())
    assert lines(text, "ExecStart") == lines(text, "ExecReload")


def test_resolved_learns_the_servers_last() -> None:
    # With servers and without domains a link would be asked for every name.
    commands = [line.split()[1] for line in lines(unit(files()), "ExecStart") if "resolvectl" in line]
    assert commands == ["default-route", "llmnr", "mdns", "domain", "dns"]


def test_what_resolved_is_told() -> None:
    assert own_scope(HOME, make_redirects(8, HOME.servers)) == Scope(
        LINK,
        link_name("home"),
        (Server("192.0.2.129"), Server("fd68:6c6e:6574::82", name="dns.home.arpa")),
        ("home.arpa",),
        ("lab.home.arpa",),
    )


def test_first_at_boot_where_that_is_possible() -> None:
    assert lines(unit(files()), "Before") == ["network-pre.target"]
    assert lines(unit(files(early=False)), "Before") == []
    assert "network-pre.target" not in unit(files(early=False))


def test_systemd_networkd_is_told_to_leave_it_alone() -> None:
    text = files()[f"/etc/systemd/network/05-{link_name('home')}.network"]
    assert lines(text, "Name") == [link_name("home")]
    assert lines(text, "Unmanaged") == ["yes"]


def test_the_service_that_flushes_loads_the_rules_again() -> None:
    text = files()["/etc/systemd/system/nftables.service.d/homelab-network-dns-home.conf"]
    load = ["-/usr/sbin/nft -f /etc/homelab-network/dns-home.nft"]
    assert [lines(text, key) for key in ("ExecStartPost", "ExecReload", "ExecStopPost")] == [load] * 3


@pytest.mark.parametrize("default_route", [False, True])
def test_the_files_tell_the_delegate(default_route: bool) -> None:
    wanted = parse_delegate("home", SERVERS, ["home.arpa"], search_domains=["lan"], default_route=default_route)
    text = files(wanted)
    told = parse_unit("home", unit(text), text[LinkPlaces("home").rules])
    assert told == Scope(LINK, "home", wanted.servers, wanted.routed, wanted.searched, default_route)


def test_units_of_others_tell_nothing() -> None:
    assert parse_unit("home", unit(files()).removeprefix(MARK), "") is None
    assert parse_unit("home", f"{MARK}\n", "") is None


@pytest.mark.parametrize("server", ["dns1.home", "127.0.0.53", "192.0.2.129:0"])
def test_a_unit_of_ours_that_somebody_broke_tells_nothing(server: str) -> None:
    text = files()
    broken = unit(text).replace(" 192.0.2.129 ", f" {server} ")
    assert broken != unit(text)
    assert parse_unit("home", broken, text[LinkPlaces("home").rules]) is None


def test_the_names_of_units() -> None:
    units = ["homelab-network-dns-home.service", "ssh.service", "homelab-network-dns-a.b.service"]
    assert names(units) == ["a.b", "home"]
