# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dns_delegate_info on real hosts of each systemd: what it calls a leak is one by the logs of the DNS servers."""

from __future__ import annotations

import dataclasses
import re
import typing as t
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import CLOSED, DELEGATES, LINK, Host

RESOLVED = "/etc/systemd/resolved.conf.d/50-test.conf"
HOME = {"name": "home", "servers": [ADGUARD], "domains": ["home.arpa", "168.192.in-addr.arpa"]}
SUITES = ("bookworm", "forky")

PRIVATE = "private names at the public server"
PUBLIC = "public names at the private server"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What people write into `[Resolve]` and into the `[Network]` of the uplink, and what that leaks."""

    resolve: str = ""
    network: str = ""
    leak: str = ""
    says: str = ""


GLOBAL_ASKED = rf"{ADGUARD} of the global configuration, the server of home.arpa, is asked for every other name, "
POOL = rf"has public servers \({PUBLIC_DNS}\) beside private ones for home.arpa"
RECIPES = {
    "global servers with a routed domain": Recipe(
        f"DNS={ADGUARD}\nDomains=~home.arpa", leak=PUBLIC, says=GLOBAL_ASKED + f"at the same time as {PUBLIC_DNS}"
    ),
    "global servers with a search domain": Recipe(
        f"DNS={ADGUARD}\nDomains=home.arpa", leak=PUBLIC, says=GLOBAL_ASKED + f"at the same time as {PUBLIC_DNS}"
    ),
    "global servers alone": Recipe(
        f"DNS={ADGUARD}",
        leak=f"{PRIVATE}, {PUBLIC}",
        says=f"^{ADGUARD} of the global configuration and {PUBLIC_DNS} of",
    ),
    "all names routed to the uplink": Recipe(f"DNS={ADGUARD}\nDomains=~home.arpa", "Domains=~."),
    "both in one global list": Recipe(
        f"DNS={PUBLIC_DNS} {ADGUARD}\nDomains=~home.arpa",
        "DNS=",
        leak=PRIVATE,
        says=f"^The global configuration {POOL}",
    ),
    "public servers as a fallback": Recipe(
        f"DNS={ADGUARD}\nDomains=~home.arpa\nFallbackDNS={PUBLIC_DNS}",
        "DNS=",
        leak=PUBLIC,
        says=GLOBAL_ASKED + "and nobody else is",
    ),
    "both on the uplink": Recipe(network=f"DNS={ADGUARD}\nDomains=~home.arpa", leak=PRIVATE, says=f"^Link eth0 {POOL}"),
    "both on the uplink without a default route": Recipe(
        network=f"DNS={ADGUARD}\nDomains=~home.arpa\nDNSDefaultRoute=no", leak=PRIVATE, says=f"^Link eth0 {POOL}"
    ),
    "private servers on the uplink, public ones global": Recipe(
        f"DNS={PUBLIC_DNS}", f"DNS=\nDNS={ADGUARD}\nDomains=~home.arpa\nDNSDefaultRoute=no"
    ),
    "the same without a word on the default route": Recipe(
        f"DNS={PUBLIC_DNS}", f"DNS=\nDNS={ADGUARD}\nDomains=~home.arpa"
    ),
    "the same with all names routed to the public ones": Recipe(
        f"DNS={PUBLIC_DNS}\nDomains=~.", f"DNS=\nDNS={ADGUARD}\nDomains=~home.arpa\nDNSDefaultRoute=no"
    ),
    "private search domain from DHCP": Recipe(
        network="Domains=home.arpa",
        leak=PRIVATE,
        says=f"^Link eth0 claims home.arpa, and its servers {PUBLIC_DNS} are those for all other names",
    ),
    "routed domain without servers": Recipe(
        "Domains=~home.arpa", leak=PRIVATE, says="^The global configuration has no server .* home.arpa go to"
    ),
    "one private server for everything": Recipe(network=f"DNS=\nDNS={ADGUARD}\nDomains=home.arpa", leak=PUBLIC),
}
# The user wants that, by all that can be seen: nothing says that public names shall go elsewhere.
WANTED = ("one private server for everything",)


@pytest.fixture
def follow(workstation: Callable[..., Host]) -> Iterator[Callable[[str, Recipe], Host]]:
    """`follow(suite, recipe)`: a workstation whose owner followed a recipe."""
    used: list[Host] = []

    def apply(suite: str, recipe: Recipe) -> Host:
        host = workstation(suite)
        used.append(host)
        if recipe.resolve:
            host.file(RESOLVED).parent.mkdir(exist_ok=True)
            host.file(RESOLVED).write_text(f"[Resolve]\n{recipe.resolve}\n")
        if recipe.network:
            host.file(LINK).parent.mkdir(exist_ok=True)
            host.file(LINK).write_text(f"[Network]\n{recipe.network}\n")
        host.sh("networkctl reload && networkctl reconfigure eth0 && systemctl restart systemd-resolved")
        servers = (ADGUARD if ADGUARD in recipe.resolve + recipe.network else PUBLIC_DNS), "routable"
        eventually(lambda: all(s in host.sh("resolvectl dns; networkctl status eth0") for s in servers))
        return host

    yield apply
    for host in used:
        host.sh(f"rm -f {RESOLVED}")


def observed(host: Host, expected: str) -> str:
    """What the DNS servers saw of names that they should not see; what is expected may come a moment later."""
    private, public = (f"x{uuid.uuid4().hex[:12]}.{zone}" for zone in ("home.arpa", "example.org"))
    mark = host.lab.mark()
    host.sh(f"getent ahosts {private} || true; getent ahosts {public} || true")
    own = host.lab.hosts[host.name].addresses[0]

    def seen() -> str:
        # The private server asks the public one for what it does not know.
        at_public = {query.name for query in host.lab.queries("public", mark) if query.client == own}
        at_private = {query.name for query in host.lab.queries("adguard", mark)}
        found = [what for what, leaked in ((PRIVATE, private in at_public), (PUBLIC, public in at_private)) if leaked]
        return ", ".join(found)

    # The answer of one server is enough for the host, while the other one has yet to write down what it was asked.
    eventually(lambda: all(part in seen() for part in expected.split(", ")))
    return seen()


def info(host: Host, **options: t.Any) -> dict[str, t.Any]:
    """The result of dns_delegate_info."""
    return host.module("dns_delegate_info", **options)


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("name", RECIPES)
def test_what_it_calls_a_leak_is_one(follow: Callable[[str, Recipe], Host], suite: str, name: str) -> None:
    recipe = RECIPES[name]
    host = follow(suite, recipe)
    leaks = info(host)["leaks"]
    print(*leaks, sep="\n")
    assert observed(host, recipe.leak) == recipe.leak
    assert bool(leaks) == bool(recipe.leak and name not in WANTED)
    assert len([leak for leak in leaks if re.search(recipe.says, leak)]) == len(leaks)


@pytest.mark.parametrize(("suite", "method"), [("bookworm", "link"), ("trixie", "link"), ("forky", "delegate")])
def test_split_dns_as_the_module_sets_it_up(workstation: Callable[..., Host], suite: str, method: str) -> None:
    host = workstation(suite)
    try:
        host.module("dns_delegate", **HOME)
        result = info(host)
        delegate = {**HOME, "domains": ["168.192.in-addr.arpa", "home.arpa"], "search_domains": []}
        assert result["delegates"] == [{**delegate, "default_route": False}]
        assert [(item["domain"], item["by"], item["servers"], item["search"]) for item in result["domains"]] == [
            ("168.192.in-addr.arpa", method, [ADGUARD], False),
            ("home.arpa", method, [ADGUARD], False),
        ]
        assert (result["leaks"], result["servers"], result["method"]) == ([], [PUBLIC_DNS], method)
        assert observed(host, "") == ""
        lines = [line.split(maxsplit=1) for line in result["text"].splitlines()]
        assert ["home.arpa", f"{ADGUARD} ({method} {result['domains'][0]['name']})"] in lines
        assert lines[-1] == ["leaks", "none in the configuration"]
        assert as_a_user(host) == result
        assert info(host, name="other")["delegates"] == []
    finally:
        host.module("dns_delegate", name="home", state="absent")
    assert info(host)["delegates"] == []


def as_a_user(host: Host) -> dict[str, t.Any]:
    """The result for somebody who is not root."""
    host.sh("chmod -R a+rX /var/tmp/library")
    return host.module("dns_delegate_info", prefix=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])


@pytest.mark.parametrize("suite", SUITES)
def test_a_host_without_split_dns(workstation: Callable[..., Host], suite: str) -> None:
    result = info(workstation(suite))
    assert (result["in_charge"], result["obstacle"], result["leaks"], result["domains"]) == (True, "", [], [])
    assert result["resolv_conf"] == {
        "mode": "stub",
        "target": "../run/systemd/resolve/stub-resolv.conf",
        "servers": ["127.0.0.53"],
        "written_by": "systemd-resolved",
    }
    assert (result["servers"], result["uplink"], result["verified"]) == ([PUBLIC_DNS], "networkd", True)
    assert "resolve" in result["nsswitch"]


@pytest.mark.parametrize("uplink", ["networkmanager", "netplan", "static"])
def test_who_manages_the_link(workstation: Callable[..., Host], uplink: str) -> None:
    result = info(workstation("trixie", uplink))
    assert (result["uplink"], result["servers"], result["leaks"]) == (uplink, [PUBLIC_DNS], [])


FILE = f"{DELEGATES}/home.dns-delegate"
GOOD = f"[Delegate]\nDNS={ADGUARD}\nDomains=~home.arpa ~168.192.in-addr.arpa\n"
FAIL_OPEN = {
    "server that is no address": (GOOD.replace(ADGUARD, "notanip"), "", "no server that systemd-resolved takes"),
    "no server": ("[Delegate]\nDomains=~home.arpa\n", "", "no server that systemd-resolved takes"),
    "stub as server": (GOOD.replace(ADGUARD, "127.0.0.53"), "", "no server that systemd-resolved takes"),
    "bad domain": (f"[Delegate]\nDNS={ADGUARD}\nDomains=~bad..name ~home.arpa\n", "", "'bad..name' has an empty label"),
    "broken header": (GOOD.replace("]", ""), "", r"it has no line \[Delegate\]"),
    "other section": (GOOD.replace("Delegate]", "Delegat]"), "", "is loaded without domains"),
    "mode of the file": (GOOD, f"chmod 600 {FILE}", "its mode is 0600"),
    "mode of the directory": (GOOD, f"chmod 700 {DELEGATES}", "the mode of its directory is 0700"),
    "link into a closed directory": (
        GOOD,
        f"mkdir -m 0700 {CLOSED}; mv {FILE} {CLOSED}/x; ln -s {CLOSED}/x {FILE}",
        f"links to {CLOSED}/x, where",
    ),
    "other suffix": (GOOD, f"mv {FILE} {DELEGATES}/home.conf", "home.conf is read by nobody"),
}


@pytest.mark.parametrize("name", FAIL_OPEN)
def test_files_that_fail_open(ws: Host, name: str) -> None:
    text, script, says = FAIL_OPEN[name]
    ws.sh(f"mkdir -p {DELEGATES}; cat > {FILE} <<'END'\n{text}END\n{script}\nsystemctl reload systemd-resolved")
    (leak,) = info(ws)["leaks"]
    assert re.search(says, leak)
    assert observed(ws, PRIVATE) == PRIVATE


def test_a_file_that_was_not_read_yet(ws: Host) -> None:
    drop_in = f"{FILE}.d/x.conf"
    ws.sh(f"mkdir -p {FILE}.d; printf '{GOOD}' > {FILE}; touch {drop_in}")
    result = info(ws)
    assert "systemctl reload systemd-resolved" in str(result["leaks"])
    assert result["files"] == [{"name": "home", "path": FILE, "managed": False, "mode": "0644", "loaded": False}]
    assert result["drop_ins"] == [drop_in]
    ws.sh("systemctl reload systemd-resolved")
    assert (info(ws)["leaks"], info(ws)["files"][0]["loaded"]) == ([], True)


def test_a_delegate_hides_another(ws: Host) -> None:
    ws.sh(f"mkdir -p {DELEGATES} /usr/lib/systemd/dns-delegate.d; printf '{GOOD}' > /usr/lib/{FILE[5:]}")
    ws.sh(f"ln -s /dev/null {FILE}; systemctl reload systemd-resolved")
    assert (info(ws)["leaks"], info(ws)["delegates"]) == ([], [])


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_delegate_files_where_nobody_reads_them(workstation: Callable[..., Host], suite: str) -> None:
    host = workstation(suite)
    host.sh(f"mkdir -p {DELEGATES}; printf '{GOOD}' > {FILE}; systemctl restart systemd-resolved")
    (leak,) = info(host)["leaks"]
    assert re.search(r"home.dns-delegate is not loaded, .* systemd \d+ reads no delegate files", leak)
    assert observed(host, PRIVATE) == PRIVATE


def delegates(host: Host, **texts: str) -> None:
    """Let a host have these delegates."""
    for name, text in texts.items():
        host.sh(f"mkdir -p {DELEGATES}; printf '[Delegate]\n{text}\n' > {DELEGATES}/{name}.dns-delegate")
    host.sh("systemctl reload systemd-resolved")


REVERSE = "Domains=~168.192.in-addr.arpa"


def test_a_delegate_that_takes_all_names(ws: Host) -> None:
    delegates(ws, home=f"DNS={ADGUARD}\nDomains=~home.arpa\n{REVERSE}\nDefaultRoute=yes")
    (leak,) = info(ws)["leaks"]
    assert leak.startswith(f"Delegate home takes every other name, too, so {ADGUARD} sees all public names.")
    assert observed(ws, PUBLIC) == PUBLIC


def test_two_claim_a_domain(ws: Host) -> None:
    delegates(ws, home=f"DNS={ADGUARD}\nDomains=~home.arpa\n{REVERSE}", more=f"DNS={PUBLIC_DNS}\nDomains=~home.arpa")
    (leak,) = info(ws)["leaks"]
    assert leak.startswith(f"Delegate home and delegate more both claim home.arpa: those names go to {ADGUARD} and to")
    assert observed(ws, PRIVATE) == PRIVATE
    ws.sh(f"rm {DELEGATES}/more.dns-delegate")
    ws.link_claims("home.arpa")
    ws.sh("systemctl reload systemd-resolved")
    (leak,) = info(ws)["leaks"]
    assert leak.startswith("Delegate home and link eth0 both claim home.arpa")
    assert [(item["by"], item["domain"]) for item in info(ws)["domains"]][1:] == [
        ("delegate", "home.arpa"),
        ("link", "home.arpa"),
    ]


def test_names_of_private_addresses(ws: Host) -> None:
    delegates(ws, home=f"DNS={ADGUARD}\nDomains=~home.arpa")
    (leak,) = info(ws)["leaks"]
    assert re.search(r"nobody claims its reverse zone. .* for example 50.168.192.in-addr.arpa", leak)
    mark = ws.lab.mark()
    ws.sh(f"resolvectl query {ADGUARD} || true")
    assert "2.50.168.192.in-addr.arpa" in {query.name for query in ws.lab.queries("public", mark)}


def test_a_link_that_is_not_used(old: Host) -> None:
    try:
        old.module("dns_delegate", **HOME)
        name = info(old)["domains"][0]["name"]
        old.sh(f"ip link set {name} down")
        (leak,) = info(old)["leaks"]
        assert leak.startswith(f"Link {name} (delegate home) has no carrier or no address, so names of")
        assert observed(old, PRIVATE) == PRIVATE
    finally:
        old.module("dns_delegate", name="home", state="absent")


def test_a_link_whose_program_is_gone(old: Host) -> None:
    """systemd-resolved stays in charge of what there is."""
    old.module("dns_delegate", **HOME)
    old.sh("mv /usr/sbin/nft /usr/sbin/nft.off")
    try:
        result = info(old)
        assert (result["in_charge"], result["method"], result["leaks"]) == (False, "", [])
        assert "Install iproute2 and nftables" in result["obstacle"]
        lines = [line.split(maxsplit=2) for line in result["text"].splitlines()]
        assert ["in", "charge", "systemd-resolved"] in lines
        assert observed(old, "") == ""
    finally:
        old.sh("mv /usr/sbin/nft.off /usr/sbin/nft")
        old.module("dns_delegate", name="home", state="absent")


def test_programs_that_do_not_ask(ws: Host) -> None:
    delegates(ws, home=f"DNS={ADGUARD}\nDomains=~home.arpa\n{REVERSE}")
    ws.sh(f"rm /etc/resolv.conf; echo nameserver {PUBLIC_DNS} > /etc/resolv.conf")
    result = info(ws)
    assert "Programs that read /etc/resolv.conf themselves do not ask systemd-resolved" in result["leaks"][0]
    assert result["resolv_conf"]["mode"] == "foreign"
    ws.sh("sed -i.kept 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf")
    try:
        result = info(ws)
        assert (result["in_charge"], result["method"], result["servers"]) == (False, "", [PUBLIC_DNS])
        assert result["obstacle"] in result["leaks"][0]
        assert observed(ws, PRIVATE) == PRIVATE
    finally:
        ws.sh("mv /etc/nsswitch.conf.kept /etc/nsswitch.conf")


@pytest.mark.parametrize(
    ("server", "actions", "leak"),
    [
        ("there", "", PRIVATE),
        ("away", "[NOTFOUND=return]", PRIVATE),
        ("away", "[NOTFOUND=return TRYAGAIN=return]", ""),
        ("away", "[!UNAVAIL=return]", ""),
    ],
)
def test_names_that_systemd_resolved_does_not_find(ws: Host, server: str, actions: str, leak: str) -> None:
    delegates(ws, home=f"DNS={ADGUARD}\nDomains=~home.arpa\n{REVERSE}")
    if server == "away":
        ws.sh(f"ip route add blackhole {ADGUARD}")
    ws.sh(f"sed -i.kept 's/^hosts:.*/hosts: files resolve {actions} dns/' /etc/nsswitch.conf")
    try:
        assert (info(ws)["in_charge"], observed(ws, "")) == (True, "")
        ws.sh(f"rm /etc/resolv.conf; echo nameserver {PUBLIC_DNS} > /etc/resolv.conf")
        assert (info(ws)["in_charge"], observed(ws, leak)) == (not leak, leak)
    finally:
        ws.sh(f"mv /etc/nsswitch.conf.kept /etc/nsswitch.conf; ip route del blackhole {ADGUARD} 2>/dev/null || true")


def test_resolved_does_not_run(ws: Host) -> None:
    ws.sh("systemctl stop systemd-resolved.service systemd-resolved-varlink.socket systemd-resolved-monitor.socket")
    result = info(ws)
    assert "not running" in result["obstacle"]
    assert (result["in_charge"], result["delegates"], result["scopes"]) == (False, [], [])


def test_the_bus_tells_the_same_as_varlink(ws: Host) -> None:
    delegates(ws, home=f"DNS={ADGUARD}#dns.home.arpa\nDNS=fe80::1%eth0\nDomains=~home.arpa lab.home.arpa", empty="")
    ws.sh("ip link add idle0 type ifb; ip link set idle0 up")
    ws.sh("resolvectl dns idle0 192.0.2.1; resolvectl domain idle0 ~x.test")
    before = info(ws)
    ws.sh("mv /usr/bin/varlinkctl /usr/bin/varlinkctl.off")
    try:
        assert info(ws) == before
        assert len(before["leaks"]) == 3
    finally:
        ws.sh("mv /usr/bin/varlinkctl.off /usr/bin/varlinkctl; ip link delete idle0")
