# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _change, _require
from ansible_collections.homelab.network.plugins.module_utils._resolved._change import Request, carry_out, plan
from ansible_collections.homelab.network.plugins.module_utils._resolved._delegate import plan_delegate
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import (
    CONFLICT,
    UNPROVED,
    DelegateError,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._proof import Name
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    GLOBAL,
    LINK,
    Scope,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

from .fake_host import FakeHost

HOME = parse_delegate("home", ["198.51.100.53"], ["home.arpa"])
NAMES = (Name("nas.home.arpa", ("198.51.100.10",), ("198.51.100.53",)),)


@dataclasses.dataclass(frozen=True)
class FakeState:
    """Whether a part is there."""

    there: bool

    def to_dict(self) -> dict[str, t.Any]:
        return {"there": True} if self.there else {}


class World:
    """Parts by key that are there, what was done in which order, and at what it fails."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.log: list[str] = []
        self.fails: set[str] = set()
        self.coming: Scope | None = None
        self.bugs: set[str] = set()

    def part(self, key: str, wanted: bool) -> FakePart:
        return FakePart(self, key, FakeState(key in self.there), FakeState(wanted))

    def do(self, what: str) -> None:
        """Note what is done; fail where that was asked for, once."""
        self.log.append(what)
        if what in self.fails:
            raise DelegateError(UNPROVED, f"{what} failed.")
        if what in self.bugs:
            raise KeyError(what)


@dataclasses.dataclass(frozen=True)
class FakePart:
    """A part that is there or not, with a warning; see `_part.Part`."""

    world: World
    key: str
    before: FakeState
    after: FakeState
    effective: Scope | None = HOME
    drop_ins: tuple[str, ...] = ("/x.conf",)
    reloads: bool = False

    @property
    def coming(self) -> Scope | None:
        return self.world.coming

    @property
    def warnings(self) -> tuple[str, ...]:
        return (f"{self.key}.",)

    def bring(self, _host: FakeHost, state: FakeState) -> None:
        self.world.do(f"{'+' if state.there else '-'}{self.key}")
        (self.world.there.add if state.there else self.world.there.discard)(self.key)

    def prove(self, _host: FakeHost) -> None:
        self.world.do(f"?{self.key}")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Every planner but that of this module answers with a part of this world."""
    world = World()

    def way(key: str) -> t.Callable[..., FakePart]:
        return lambda *known: world.part(key, known[-1] is not None)

    def takeover(_host: object, _facts: object, _name: str, take_over: bool, present: bool, **_more: object) -> t.Any:
        return tuple(world.part(key, present and (take_over or key in world.there)) for key in ("service", "lookup"))

    monkeypatch.setattr(_change, "plan_delegate", way("delegate"))
    monkeypatch.setattr(_change, "plan_link", way("link"))
    monkeypatch.setattr(_change, "plan_takeover", takeover)
    monkeypatch.setattr(_change, "plan_anchors", lambda _host, _facts, _name, domains: world.part("anchors", False))
    monkeypatch.setattr(_change, "plan_guard", lambda _host, _name, servers: world.part("guard", bool(servers)))
    monkeypatch.setattr(_require, "links", dict)
    return world


@pytest.fixture
def host(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


def request(**options: t.Any) -> Request:
    return Request(**{"name": "home", "wanted": HOME, **options})


def apply(host: FakeHost, **options: t.Any) -> tuple[Name, ...]:
    """Plan and do it, with names that are always found."""
    return carry_out(
        host, plan(host, request(**options)), ["nas.home.arpa"], look_up=lambda _scope, _names, _used: NAMES
    )


def test_nothing_is_done_where_nothing_has_to_be_done(host: FakeHost, world: World) -> None:
    world.there = {"delegate"}
    planned = plan(host, request())
    assert (planned.changed, planned.changing) == (False, [])
    assert planned.diff() == {"before": {"delegate": {"there": True}}, "after": {"delegate": {"there": True}}}
    # Names are looked up all the same.
    assert apply(host) == NAMES
    assert world.log == []


@pytest.mark.usefixtures("world")
def test_what_is_loaded_is_read_once_for_a_plan(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    monkeypatch.setattr(_change, "plan_delegate", plan_delegate)
    monkeypatch.setattr(host, "loaded", lambda: reads.append(1) or Loaded(()))
    plan(host, request())
    assert len(reads) == 1
    plan(host, request())
    assert len(reads) == 2


def test_a_delegate_is_brought_and_proved(host: FakeHost, world: World) -> None:
    planned = plan(host, request())
    assert planned.changed
    assert (planned.method, planned.scope, planned.drop_ins) == ("delegate", HOME, ("/x.conf",))
    assert planned.warnings == ("service.", "anchors.", "delegate.", "link.", "guard.", "lookup.")
    assert planned.diff() == {"before": {"delegate": {}}, "after": {"delegate": {"there": True}}}
    assert apply(host) == NAMES
    assert world.log == ["+delegate", "?delegate"]


@pytest.mark.parametrize(
    ("version", "method", "way"),
    [(262, "auto", "delegate"), (257, "auto", "link"), (262, "link", "link"), (258, "delegate", "delegate")],
)
def test_the_way_that_is_taken(host: FakeHost, world: World, version: int, method: str, way: str) -> None:
    host.be(version=version)
    assert plan(host, request(method=method)).method == way
    apply(host, method=method)
    assert world.there == {way}


@pytest.mark.usefixtures("world")
def test_a_way_that_the_host_does_not_have(host: FakeHost) -> None:
    host.be(version=257)
    with pytest.raises(DelegateError, match="systemd 257 ignores delegate files, they need 258") as caught:
        plan(host, request(method="delegate"))
    assert caught.value.failure == "unsupported"
    assert caught.value.details["systemd_version"] == 257


def test_the_way_that_is_left_goes_when_the_other_is_proved(host: FakeHost, world: World) -> None:
    world.there = {"link"}
    apply(host)
    assert world.log == ["+delegate", "?delegate", "-link", "?link"]
    world.log.clear()
    apply(host, method="link")
    assert world.log == ["+link", "?link", "-delegate", "?delegate"]


def test_programs_are_led_to_resolved_when_it_knows_the_way(host: FakeHost, world: World) -> None:
    world.there = {"anchors", "delegate"}
    apply(host, wanted=None)
    world.log.clear()
    apply(host, take_over=True)
    assert world.log == ["+service", "?service", "+delegate", "?delegate", "+lookup", "?lookup"]
    world.log.clear()
    assert apply(host, wanted=None) == ()
    assert world.log == ["-lookup", "?lookup", "-delegate", "?delegate", "-service", "?service"]
    assert world.there == set()


@pytest.mark.parametrize("at", ["+lookup", "?lookup", "+delegate", "?delegate", "+service", "?service"])
def test_what_fails_is_put_back_in_the_opposite_order(host: FakeHost, world: World, at: str) -> None:
    world.fails = {at}
    with pytest.raises(DelegateError, match=r"failed\. The previous state has been put back\.") as caught:
        apply(host, take_over=True)
    assert caught.value.failure == "unproved"
    assert world.there == set()
    keys = ["service", "delegate", "lookup"]
    begun = keys[: keys.index(at[1:]) + 1]
    assert world.log[-len(begun) :] == [f"-{key}" for key in reversed(begun)]


def test_putting_back_goes_on_when_some_of_it_fails(host: FakeHost, world: World) -> None:
    world.fails = {"?lookup", "-delegate"}
    with pytest.raises(DelegateError, match=r"Putting the previous state back failed as well: -delegate failed\."):
        apply(host, take_over=True)
    assert world.log[-3:] == ["-lookup", "-delegate", "-service"]


def test_a_name_that_goes_astray_puts_everything_back(host: FakeHost, world: World) -> None:
    def astray(*_known: object) -> t.NoReturn:
        raise DelegateError(UNPROVED, "It went astray.")

    with pytest.raises(DelegateError, match=r"astray\. The previous state has been put back\."):
        carry_out(host, plan(host, request()), ["nas.home.arpa"], look_up=astray)
    assert world.there == set()
    world.there = {"delegate"}
    with pytest.raises(DelegateError, match=r"astray\. Nothing was changed\."):
        carry_out(host, plan(host, request()), ["nas.home.arpa"], look_up=astray)
    assert world.there == {"delegate"}


def test_whoever_looks_up_knows_who_is_asked(host: FakeHost, world: World) -> None:
    uplink = Scope(LINK, "eth0", (Server("203.0.113.53"),), default_route=True)
    host.others = [uplink, Scope(LINK, "eth1", ())]
    known: list[object] = []
    for there in (set(), {"delegate"}):
        world.there = there
        carry_out(host, plan(host, request()), ["example.org"], look_up=lambda *given: known.append(given) or ())
    assert known == [(HOME, ["example.org"], (uplink,))] * 2


def test_a_mistake_of_ours_puts_everything_back_too(host: FakeHost, world: World) -> None:
    def wrong(*_known: object) -> t.NoReturn:
        raise KeyError("servers")

    world.bugs = {"-lookup"}
    with pytest.raises(KeyError, match="servers"):
        carry_out(host, plan(host, request(take_over=True)), ["nas.home.arpa"], look_up=wrong)
    assert world.log[-3:] == ["-lookup", "-delegate", "-service"]


@pytest.mark.usefixtures("world")
def test_somebody_else_who_is_asked(host: FakeHost) -> None:
    host.others = [Scope(LINK, "eth0", (Server("203.0.113.53"),), (), ("home.arpa",))]
    with pytest.raises(DelegateError, match=r"would leak.*Nothing was written\.") as caught:
        plan(host, request())
    assert caught.value.failure == CONFLICT
    # Nobody minds when it is taken away.
    assert not plan(host, request(wanted=None)).changed


@pytest.mark.parametrize("active", [True, False])
def test_the_global_scope_is_judged_as_it_will_be(host: FakeHost, world: World, *, active: bool) -> None:
    world.coming = Scope(GLOBAL, "", (Server("203.0.113.53"),), ("home.arpa",))
    host.be(active=active)
    with pytest.raises(DelegateError, match=r"The global configuration claims home\.arpa.*Nothing was written\."):
        plan(host, request(take_over=True))


def test_a_run_without_changes_and_names_reads_nothing_again(
    host: FakeHost, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.there = {"delegate"}
    planned = plan(host, request())
    monkeypatch.setattr(host, "loaded", lambda: pytest.fail("it was read again"))
    assert carry_out(host, planned) == ()


def test_somebody_else_who_is_asked_since(host: FakeHost, world: World) -> None:
    planned = plan(host, request())
    host.others = [Scope(LINK, "eth0", (Server("203.0.113.53"),), (), ("home.arpa",))]
    with pytest.raises(DelegateError, match=r"would leak.*The previous state has been put back\."):
        carry_out(host, planned)
    assert world.there == set()
