# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import json
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import (
    _link,
    _link_files,
    _link_needs,
    _nft_files,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._facts import Facts
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import (
    CONFLICT,
    INVALID,
    UNSUPPORTED,
    DelegateError,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host
from ansible_collections.homelab.network.plugins.module_utils._resolved._link import LinkPart, links, plan_link
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import Scope, parse_delegate
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

FACTS = Facts(version=257, installed=True, enabled="enabled", active=True)
HOME = parse_delegate("home", ["192.168.50.2"], ["home.arpa"])

Reply = tuple[int, str, str]


class Commands:
    """What the programs of a host answer, by the beginning of the command; all else succeeds and says nothing."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.asked: list[str] = []

    def __call__(self, command: list[str]) -> Reply:
        text = " ".join(command[2:])
        self.asked.append(text)
        found = (reply for begin, reply in self.replies.items() if text.startswith(begin))
        return next(found, (0, "", ""))


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """A host whose files stand in a directory of the test, and which has every program."""
    for module, name in ((_nft_files, "UNITS"), (_nft_files, "RULES"), (_link_files, "_NETWORKS")):
        monkeypatch.setattr(module, name, f"{tmp_path}{getattr(module, name)}")
    monkeypatch.setattr(_link, "UNITS", _nft_files.UNITS)
    monkeypatch.setattr(shutil, "which", lambda tool, path: f"/usr/sbin/{tool}")
    monkeypatch.setattr(Host, "loaded", lambda _host: Loaded(()))
    return Commands()


def planned(commands: Commands, wanted: Scope | None = HOME, facts: Facts = FACTS) -> LinkPart:
    host = Host(commands)
    return plan_link(host, host.loaded, facts, "home", wanted)


def refusal(commands: Commands, wanted: Scope = HOME, facts: Facts = FACTS) -> DelegateError:
    with pytest.raises(DelegateError) as caught:
        planned(commands, wanted, facts)
    assert "Nothing was" in caught.value.msg
    return caught.value


def write(part: LinkPart) -> None:
    for path, file in part.after.files:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(t.cast("str", file.content))


def test_nothing_and_nothing_wanted(commands: Commands) -> None:
    part = planned(commands, None)
    assert part.before == part.after
    assert part.before.to_dict() == part.after.to_dict() == {}
    assert commands.asked == []


def test_a_plan_writes_nothing(commands: Commands, tmp_path: Path) -> None:
    part = planned(commands)
    assert part.before != part.after
    assert part.before.to_dict() == {}
    assert part.after.to_dict()["loaded"]["domains"] == ["home.arpa"]
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_does_not_run_yet_is_not_asked(commands: Commands) -> None:
    planned(commands, facts=dataclasses.replace(FACTS, active=False))
    assert not [command for command in commands.asked if command.startswith(("busctl", "varlinkctl"))]


def test_too_old(commands: Commands) -> None:
    error = refusal(commands, facts=dataclasses.replace(FACTS, version=248))
    assert (error.failure, error.details["systemd_version"]) == (UNSUPPORTED, 248)
    assert "systemd 248 is too old" in error.msg


@pytest.mark.parametrize(("tool", "package"), [("nft", "nftables"), ("ip", "iproute2")])
def test_a_program_is_missing(commands: Commands, monkeypatch: pytest.MonkeyPatch, tool: str, package: str) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path: None if name == tool else f"/usr/sbin/{name}")
    error = refusal(commands)
    assert (error.failure, error.details["systemd_version"]) == (UNSUPPORTED, 257)
    assert f"{tool} is missing. Install {package}, upgrade systemd to 258, or leave" in error.msg


def test_nftables_is_not_permitted(commands: Commands) -> None:
    commands.replies["/usr/sbin/nft list tables"] = (1, "", "Operation not permitted (you must be root)\n")
    error = refusal(commands)
    assert (error.failure, error.details["systemd_version"]) == (UNSUPPORTED, 257)
    assert "cannot be used here: Operation not permitted" in error.msg


@pytest.mark.parametrize(
    "servers", [["fe80::1%eth0"], ["192.168.50.2%eth0"], [f"192.168.50.{number}" for number in range(2, 17)]]
)
def test_servers_that_cannot_be_redirected(commands: Commands, servers: list[str]) -> None:
    assert refusal(commands, parse_delegate("home", servers, ["home.arpa"])).failure == INVALID


def test_files_of_others_stay(commands: Commands) -> None:
    rules = Path(_link_files.LinkPlaces("home").rules)
    rules.parent.mkdir(parents=True)
    rules.write_text("table inet mine {}\n")
    error = refusal(commands)
    assert error.failure == CONFLICT
    assert str(rules) in error.msg
    with pytest.raises(DelegateError):
        planned(commands, None)


def first_address(part: LinkPart) -> str:
    return t.cast("tuple[str, ...]", part.after.addresses)[0]


def test_addresses_that_are_in_use_are_left_alone(commands: Commands) -> None:
    own = first_address(planned(commands))
    entries = [{"ifname": "dns0", "addr_info": [{"local": own}]}, {}]
    commands.replies["ip -json address show"] = (0, json.dumps(entries), "")
    other = first_address(planned(commands))
    assert _link_files.block_of(other) != _link_files.block_of(own)
    # Another delegate has the next block by now, and its link is down.
    host = Host(commands)
    wanted = parse_delegate("second", ["192.168.50.3"], ["b.arpa"])
    second = plan_link(host, host.loaded, FACTS, "second", wanted)
    rules = Path(_link_files.LinkPlaces("second").rules)
    rules.parent.mkdir(parents=True)
    rules.write_text(dict(second.after.files)[str(rules)].content.replace(first_address(second), other))
    assert _link_files.block_of(first_address(planned(commands))) not in map(_link_files.block_of, (own, other))


def test_an_address_stays_as_it_was(commands: Commands) -> None:
    part = planned(commands)
    write(part)
    moved = [{"ifname": "dns0", "addr_info": [{"local": first_address(part)}]}]
    commands.replies["ip -json address show"] = (0, json.dumps(moved), "")
    assert first_address(planned(commands)) == first_address(part)


@pytest.mark.parametrize(
    ("after", "first", "remedies"),
    [
        ("local-fs.target cloud-init.service", "cloud-init.service", "disable cloud-init once the host is set up"),
        (
            "systemd-sysusers.service\n\nsystemd-networkd.service",
            "systemd-networkd.service",
            "let systemd-resolved start",
        ),
        ("cloud-init.service\n\nnetwork-pre.target", "cloud-init.service, network-pre.target", "disable cloud-init"),
        ("NetworkManager.service", "NetworkManager.service", "let systemd-resolved start before the network"),
    ],
)
def test_a_host_whose_boot_waits_for_the_network(commands: Commands, after: str, first: str, remedies: str) -> None:
    assert planned(commands).warnings == ()
    commands.replies["systemctl show --property=After"] = (0, f"{after}\n", "")
    part = planned(commands)
    (warning,) = part.warnings
    assert "At boot, names of home.arpa" in warning
    assert f"this host starts {first} first. Upgrade systemd to 258, or {remedies}" in warning
    assert ("cloud-init" in warning, "let systemd-resolved" in warning) == (
        "cloud-init" in first,
        first != "cloud-init.service",
    )
    unit = dict(part.after.files)[part.places.files[-1]].content
    assert "network-pre.target" not in unit


def test_a_unit_that_is_not_started_is_not_waited_for(commands: Commands) -> None:
    """Up to systemd 250 the unit of systemd-resolved names systemd-networkd on every host."""
    commands.replies["systemctl show --property=After"] = (0, "systemd-networkd.service system.slice\n", "")
    for verb in ("is-enabled", "is-active"):
        assert planned(commands).warnings
        commands.replies[f"systemctl --quiet {verb} systemd-networkd.service"] = (1, "", "")
    part = planned(commands)
    assert part.warnings == ()
    assert "Before=network-pre.target" in str(dict(part.after.files)[part.places.files[-1]].content)


@pytest.mark.parametrize("switch", ["1\n", None])
def test_a_host_without_ipv6(commands: Commands, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switch: str) -> None:
    path = tmp_path / "disable_ipv6"
    monkeypatch.setattr(_link_needs, "_SWITCH", str(path))
    if switch is not None:
        path.write_text(switch)
    assert planned(commands).warnings == ()
    mixed = parse_delegate("home", ["fd00::2", "192.168.50.2"], ["home.arpa"])
    part = planned(commands, mixed)
    assert part.warnings[0].startswith("On this host fd00::2 is left out: IPv6 is switched off (sysctl net.ipv6.")
    assert [target for _address, target in part.after.redirects] == ["192.168.50.2"]
    assert part.after == planned(commands).after
    error = refusal(commands, parse_delegate("home", ["fd00::2"], ["home.arpa"]))
    assert error.failure == UNSUPPORTED
    assert "all servers are IPv6 (fd00::2), and IPv6 is switched off (sysctl net.ipv6." in error.msg
    path.write_text("0\n")
    part = planned(commands, mixed)
    assert (part.warnings, len(part.after.redirects)) == ((), 2)


def test_the_links_of_a_host(commands: Commands) -> None:
    assert links() == {}
    write(planned(commands))
    assert links() == {_link_files.link_name("home"): dataclasses.replace(HOME, kind="link")}


def test_a_unit_of_ours_that_somebody_broke_is_repaired(commands: Commands) -> None:
    part = planned(commands)
    write(part)
    for path, name in ((part.places.files[-1], "dns1.home"), (part.places.rules, "dns2.home")):
        Path(path).write_text(Path(path).read_text().replace(first_address(part), name))
    assert links() == {}
    again = planned(commands)
    assert again.before.files != again.after.files == part.after.files


def test_what_is_left_of_a_killed_run_is_seen(commands: Commands) -> None:
    write(planned(commands))
    part = planned(commands)
    assert part.before.files == part.after.files
    assert part.before != part.after
    assert planned(commands, None).before != planned(commands, None).after


def test_the_link_goes_before_its_rules(commands: Commands) -> None:
    write(planned(commands))
    part = planned(commands, None)
    commands.asked.clear()
    part.bring(Host(commands), part.after)
    assert commands.asked[:3] == [
        f"systemctl disable --now {part.places.unit}",
        f"ip link delete {part.places.link}",
        f"nft delete table inet {part.places.table}",
    ]
    assert not [path for path in part.places.files if Path(path).exists()]


def test_fallback_servers_alone_are_not_enough(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    fallback, other = (Server("203.0.113.53"),), Scope("link", "eth0", (Server("203.0.113.54"),))
    for scopes, refused in (((), True), ((other,), False)):
        monkeypatch.setattr(Host, "loaded", lambda _host, scopes=scopes: Loaded(scopes, fallback=fallback))
        if refused:
            error = refusal(commands)
            assert error.failure == CONFLICT
            assert "Write DNS=203.0.113.53 below [Resolve]" in error.msg
            # 262 asks them as long as no link is the way to everything.
            planned(commands, facts=dataclasses.replace(FACTS, version=262))
        else:
            planned(commands)
