# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._resolved._file import is_ours
from ansible_collections.homelab.network.plugins.module_utils._resolved._guard_files import (
    GuardPlaces,
    parse_rules,
    render,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import parse_server

SERVERS = [parse_server("198.51.100.53#dns.home.arpa"), parse_server("[2001:db8::53]:5300")]


def test_the_files_of_a_guard() -> None:
    files = render("home", SERVERS, "/usr/sbin/nft")
    assert list(files) == list(GuardPlaces("home").files)
    assert all(is_ours(text) for text in files.values())
    rules, drop_in, unit = files.values()
    load = "/usr/sbin/nft -f /etc/homelab-network/guard-home.nft"
    assert f"ExecStart={load}\n" in unit
    assert "ExecStop=-/usr/sbin/nft delete table inet homelab-network-guard-home\n" in unit
    assert drop_in.count(f"=-{load}\n") == 3
    assert parse_rules(rules) == ("198.51.100.53 53", "2001:db8::53 5300")


def test_each_family_has_sets_of_its_own() -> None:
    both = render("home", SERVERS, "nft")[GuardPlaces("home").rules]
    assert both.count("add set ") == 6
    one = render("home", SERVERS[:1], "nft")[GuardPlaces("home").rules]
    assert one.count("add set ") == 3
    assert "ip6" not in one


def test_a_trial_ends_before_the_memory_of_an_answer() -> None:
    """Else a server that answers would be refused when its trial outlives the memory of its answer."""
    rules = render("home", SERVERS[:1], "nft")[GuardPlaces("home").rules]
    seconds = {
        line.split()[4]: int(line.split("timeout ")[1].partition("s")[0])
        for line in rules.splitlines()
        if "add set" in line
    }
    assert seconds["ip_open"] < seconds["ip_trial"] < seconds["ip_heard"]


def test_what_stays_on_the_host_is_sent_on_before_anything_is_refused() -> None:
    rules = render("home", SERVERS, "nft")[GuardPlaces("home").rules].splitlines()
    judge = [line.partition(" judge ")[2] for line in rules if " judge " in line and line.startswith("add rule")]
    assert judge[0] == "fib daddr type local accept"
    assert len([step for step in judge if step.startswith("fib")]) == 1


def test_the_rules_as_versions_of_nft_list_them() -> None:
    judge = "\t\tfib daddr type local accept\n\t\tip daddr @ip_heard accept\n"
    old = "\t\tip daddr 198.51.100.53 meta l4proto { tcp, udp} th dport { 53, 853} jump judge\n"
    new = "\t\tip6 daddr 2001:db8::53 meta l4proto { tcp, udp } th dport 5300 jump judge\n"
    assert parse_rules(old + new + judge) == ("198.51.100.53 53", "2001:db8::53 5300")
    assert parse_rules("") == ()
