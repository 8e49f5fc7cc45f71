# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._resolved._around import (
    Listener,
    is_mounted,
    listener_on,
    networkd_servers,
    parse_manager,
    parse_sockets,
)

UDP = """   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref ...
 1: 3600007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000   991        0 11 2 0000000000000000 0
 2: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12 2 0000000000000000 0
 3: 3500007F:14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000   991        0 13 2 0000000000000000 0
"""
UDP6 = """  sl  local_address                         remote_address                        st tx_queue rx_queue tr ...
 1: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 00:0 0 0 0 21 2 0 0
 2: B80D0120000000000000000035000000:0035 00000000000000000000000000000000:0000 07 0:0 00:0 0 0 0 22 2 0 0
"""


def test_sockets_on_the_port_of_dns() -> None:
    assert parse_sockets(UDP) == {11: "127.0.0.54", 12: "0.0.0.0"}
    assert parse_sockets(UDP6) == {21: "::1", 22: "2001:db8::35"}
    assert parse_sockets("") == {}


def test_the_listener_of_an_address_comes_before_one_of_all() -> None:
    own, all_of_them = Listener("127.0.0.53", "systemd-resolve", 7), Listener("0.0.0.0", "dnsmasq", 8)
    assert listener_on([all_of_them, own], "127.0.0.53") == own
    assert listener_on([own, all_of_them], "127.0.0.1") == all_of_them
    assert listener_on([own], "127.0.0.1") is None
    assert str(all_of_them) == "dnsmasq (process 8) on 0.0.0.0"
    assert str(Listener("::1")) == "a program on ::1"


def test_settings_of_network_manager() -> None:
    text = "# NetworkManager\n[main]\n# rc-manager=auto\ndns=dnsmasq\nplugins=keyfile\n\n[ifupdown]\ndns=no\n"
    assert parse_manager(text) == (("dns", "dnsmasq"), ("plugins", "keyfile"))
    assert parse_manager("[keyfile]\ndns=none\n") == ()


def test_mounted() -> None:
    line = "31 24 0:27 /resolv.conf /etc/resolv.conf rw,relatime - tmpfs tmpfs rw\n"
    assert is_mounted(line, "/etc/resolv.conf")
    assert not is_mounted(line.replace("/etc/resolv.conf", "/etc/resolv.conf.d"), "/etc/resolv.conf")


def test_servers_of_networkd() -> None:
    assert networkd_servers("OPER_STATE=routable\nDNS=192.0.2.1 2001:db8::1\n") == ("192.0.2.1", "2001:db8::1")
    assert networkd_servers("OPER_STATE=off\n") == ()
