# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._frames import NoFrames
from ansible_collections.homelab.network.plugins.module_utils._probe._message import Message, Record
from ansible_collections.homelab.network.plugins.module_utils._probe._packet import Sighting
from ansible_collections.homelab.network.plugins.module_utils._probe._query import QueryError
from ansible_collections.homelab.network.plugins.module_utils._probe._resolver import LookupFailure
from ansible_collections.homelab.network.plugins.module_utils._resolved import _verify
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._proof import Name
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import LINK, Scope, parse_delegate
from ansible_collections.homelab.network.plugins.module_utils._resolved._verify import look_up

HOME = parse_delegate("home", ["192.0.2.1", "fe80::1%eth0", "192.0.2.2:5300"], ["home.arpa"])
PUBLIC = "203.0.113.53"


class FakeWorld:
    """A resolver that sends each name where it shall go, and servers that answer when they are asked directly."""

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {"nas.home.arpa": ["192.0.2.10"], "example.org": ["203.0.113.80"]}
        self.sent: dict[str, list[str]] = {"nas.home.arpa": ["192.0.2.1"], "example.org": [PUBLIC]}
        self.encrypted: list[str] = []
        self.own: dict[str, list[str]] = {}
        self.recording = True
        self.ports: list[int] = []
        self.sightings: list[Sighting] = []

    def capture(self, more_ports: t.Sequence[int]) -> FakeWorld:
        self.ports = list(more_ports)
        return self

    def __enter__(self) -> FakeWorld:  # noqa: PYI034  # Self is younger than the Pythons of the targets
        if not self.recording:
            raise NoFrames("not permitted")
        self.sightings = []
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def resolve(self, name: str, _timeout: float, cache: bool) -> list[str]:
        assert not cache, "an old answer proves nothing"
        self.sightings += [Sighting(name, "A", server, 53, "UDP") for server in self.sent.get(name, [])]
        self.sightings += [Sighting(None, "", server, 853, "TCP") for server in self.encrypted]
        if name not in self.addresses:
            raise LookupFailure("no answer within 12 s")
        return self.addresses[name]

    def query(self, server: str, port: int, name: str, rdtype: str, _timeout: float) -> Message:
        if f"{server}:{port}" not in self.own:
            raise QueryError("no answer")
        found = [address for address in self.own[f"{server}:{port}"] if (":" in address) is (rdtype == "AAAA")]
        return Message(1, True, False, "NOERROR", (), tuple(Record(name, rdtype, 5, address) for address in found))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    world = FakeWorld()
    monkeypatch.setattr(_verify, "Capture", world.capture)
    monkeypatch.setattr(_verify, "resolve_hostname", world.resolve)
    monkeypatch.setattr(_verify, "query", world.query)
    monkeypatch.setattr(_verify, "_SETTLE", 0)
    return world


def problem(*names: str) -> str:
    with pytest.raises(DelegateError) as caught:
        look_up(HOME, names, ())
    assert caught.value.failure == "unproved"
    return caught.value.msg.removeprefix("The names of `verify` are not looked up as they should be: ")


def test_names_at_their_servers_in_the_order_in_which_they_were_given(world: FakeWorld) -> None:
    assert look_up(HOME, ["example.org", "nas.home.arpa"], ()) == (
        Name("example.org", ("203.0.113.80",), (PUBLIC,)),
        Name("nas.home.arpa", ("192.0.2.10",), ("192.0.2.1",)),
    )
    assert world.ports == [5300]


@pytest.mark.usefixtures("world")
def test_no_names_take_no_time() -> None:
    assert look_up(HOME, [], ()) == ()


def test_every_problem_at_once(world: FakeWorld) -> None:
    world.sent["nas.home.arpa"].append(PUBLIC)
    world.addresses["empty.home.arpa"] = []
    assert problem("nas.home.arpa", "empty.home.arpa", "gone.home.arpa") == (
        f"the query for nas.home.arpa was sent to {PUBLIC}; empty.home.arpa has no address; "
        "gone.home.arpa: no answer within 12 s."
    )


def test_a_public_name_at_a_private_server(world: FakeWorld) -> None:
    world.sent["example.org"] = ["192.0.2.2"]
    assert problem("example.org").startswith("the query for example.org, which is in none of the domains, was sent to")


def test_a_public_name_at_the_server_that_the_host_has_for_everything(world: FakeWorld) -> None:
    world.sent["example.org"] = ["192.0.2.1"]
    uplink = Scope(LINK, "eth0", HOME.servers[:1], default_route=True)
    assert look_up(HOME, ["example.org"], [uplink])[0].servers == ("192.0.2.1",)


def test_encrypted_queries_to_the_servers_alone(world: FakeWorld) -> None:
    world.sent = {}
    world.encrypted = ["192.0.2.1"]
    (name,) = look_up(HOME, ["nas.home.arpa"], ())
    assert name.servers == ("192.0.2.1",)


@pytest.mark.parametrize("server", ["192.0.2.1:53", "fe80::1%eth0:53", "192.0.2.2:5300"])
@pytest.mark.parametrize("recording", [True, False])
def test_a_query_that_is_not_seen_is_compared_with_what_a_server_says(
    world: FakeWorld, server: str, recording: bool
) -> None:
    world.recording = recording
    world.sent = {}
    world.own = {server: ["192.0.2.10", "2001:db8::10"]}
    assert look_up(HOME, ["nas.home.arpa"], ()) == (Name("nas.home.arpa", ("192.0.2.10",), ()),)
    world.own = {server: ["192.0.2.11"]}
    assert problem("nas.home.arpa").startswith("nas.home.arpa is 192.0.2.10 on this host, but 192.0.2.11 at ")
    world.own = {}
    why = "no readable query for it left this host" if recording else "cannot be recorded without CAP_NET_RAW"
    assert why in problem("nas.home.arpa")
