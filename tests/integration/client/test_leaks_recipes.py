# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recipes that people copy and that leak: the check no_leak is red for each, and the servers' logs say the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab.leaks import prove
from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import Host

ZONES = ["home.arpa", "50.168.192.in-addr.arpa"]
ROUTED = "~home.arpa ~50.168.192.in-addr.arpa"

GLOBAL = "/etc/systemd/resolved.conf.d/50-home.conf"
LINK = "/etc/systemd/network/10-eth0.network.d/50-home.conf"
DELEGATE = "/etc/systemd/dns-delegate.d/home.dns-delegate"

PRIVATE, PUBLIC = "the private", "the public"
# systemd-resolved asks one server of a list until it gets no good answer.
BY_CHANCE = "the p"


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Files of a host and which names then go to the wrong server."""

    suite: str
    uplink: str
    files: dict[str, str]
    wrong: str
    mode: int = 0o644


def delegate(more: str = "") -> str:
    return f"[Delegate]\nDNS={ADGUARD}\nDomains={ROUTED}\n{more}"


def resolve(text: str) -> dict[str, str]:
    return {GLOBAL: f"[Resolve]\n{text}"}


RECIPES = {
    "a global server beside that of the link": Recipe(
        "trixie", "networkd", resolve(f"DNS={ADGUARD}\nDomains={ROUTED}\n"), PUBLIC
    ),
    "the same with search domains": Recipe(
        "bookworm", "networkd", resolve(f"DNS={ADGUARD}\nDomains={' '.join(ZONES)}\n"), PUBLIC
    ),
    "the same without domains": Recipe("trixie", "networkd", resolve(f"DNS={ADGUARD}\n"), PRIVATE),
    "one list of global servers": Recipe("trixie", "static", resolve(f"DNS={ADGUARD}\nDomains={ROUTED}\n"), BY_CHANCE),
    "a public fallback": Recipe(
        "trixie", "static", resolve(f"DNS=\nDNS={ADGUARD}\nDomains={ROUTED}\nFallbackDNS={PUBLIC_DNS}\n"), PUBLIC
    ),
    "both servers on the link": Recipe(
        "trixie", "networkd", {LINK: f"[Network]\nDNS={ADGUARD}\nDomains={ROUTED}\n"}, BY_CHANCE
    ),
    "a delegate on a systemd that has none": Recipe("trixie", "networkd", {DELEGATE: delegate()}, PRIVATE),
    "a delegate that takes everything": Recipe("forky", "networkd", {DELEGATE: delegate("DefaultRoute=yes\n")}, PUBLIC),
    "a delegate that nobody can read": Recipe("forky", "networkd", {DELEGATE: delegate()}, PRIVATE, mode=0o600),
    "a delegate with one bad domain": Recipe(
        "forky", "networkd", {DELEGATE: delegate("Domains=~bad..name\n")}, PRIVATE
    ),
    "a delegate without a server": Recipe(
        "forky", "networkd", {DELEGATE: f"[Delegate]\nDNS=127.0.0.53\nDomains={ROUTED}\n"}, PRIVATE
    ),
    "a delegate beside a search domain of the link": Recipe(
        "forky", "networkd", {DELEGATE: delegate(), LINK: f"[Network]\nDomains={' '.join(ZONES)}\n"}, PRIVATE
    ),
}


@pytest.fixture
def cook(workstation: Callable[[str, str], Host]) -> Iterator[Callable[[Recipe], Host]]:
    """A host with the files of a recipe, which are gone after the test."""
    done: list[tuple[Host, Recipe]] = []

    def cook(recipe: Recipe) -> Host:
        host = workstation(recipe.suite, recipe.uplink)
        done.append((host, recipe))
        for path, text in recipe.files.items():
            host.file(path).parent.mkdir(parents=True, exist_ok=True)
            host.file(path).write_text(text)
            host.file(path).chmod(recipe.mode)
        take(host, recipe)
        return host

    def take(host: Host, recipe: Recipe) -> None:
        if LINK in recipe.files:
            host.sh("networkctl reload && networkctl reconfigure eth0")
            eventually(lambda: "routable" in host.sh("networkctl status eth0"))
        host.sh("systemctl restart systemd-resolved")
        # Servers of FallbackDNS= are shown there alone.
        eventually(lambda: PUBLIC_DNS in host.sh("resolvectl status"))

    yield cook
    for host, recipe in done:
        for path in recipe.files:
            host.file(path).unlink()
        take(host, recipe)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_that_leaks(name: str, cook: Callable[[Recipe], Host]) -> None:
    recipe = RECIPES[name]
    host = cook(recipe)
    verdict = prove(host.lab, host.name, ZONES)
    assert not verdict.clean
    if recipe.wrong != BY_CHANCE:
        assert bool(verdict.private_at_public) is (recipe.wrong == PRIVATE), str(verdict)
    (result,) = host.probe({"layer": "no_leak", "zones": ZONES, "servers": [ADGUARD]})
    if recipe.wrong == BY_CHANCE and result["status"] == "unproved":
        # The right one of two servers was asked this time, and nobody for public names.
        assert "public names were sent to nobody" in result["detail"]
        return
    assert result["status"] == "failed", result["detail"]
    assert result["detail"].startswith(recipe.wrong), result["detail"]
    wrong = PUBLIC_DNS if result["detail"].startswith(PRIVATE) else ADGUARD
    assert f" was sent to {wrong} (UDP port 53, eth0), asked for by " in result["detail"]
    # Where the server is chosen by chance, it may change between two ways.
    if recipe.wrong != BY_CHANCE:
        assert ", asked for by glibc (and " in result["detail"]
        assert {leak["way"] for leak in result["leaks"]} == {"glibc", "varlink", "127.0.0.53"}
