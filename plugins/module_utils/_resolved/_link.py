# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The way to split DNS without delegates: a link of its own on this host, for systemd 249 and newer."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import typing as t
from pathlib import Path

from . import _files, _nft, _own_files
from ._dump import Loaded
from ._facts import Facts
from ._failure import UNPROVED, DelegateError
from ._host import Host, interface_exists
from ._link_files import (
    LinkPlaces,
    Redirect,
    block_of,
    choose_block,
    make_redirects,
    names,
    own_scope,
    parse_rules,
    parse_unit,
    render,
)
from ._link_needs import late, reachable, require_servers, require_tools, starts_first
from ._nft_files import UNITS
from ._own_files import Files
from ._rules import differences
from ._scope import LINK, Scope

# What systemd-networkd says of each link, by its number.
_NETWORKD_LINKS = "/run/systemd/netif/links"


@dataclasses.dataclass(frozen=True)
class LinkState:
    """All of it on a host.

    `unit` is the state of our unit: "active", "stale" when systemd has not read its files again since, and nothing when
    it does not run. `addresses` are those of the link, `None` when there is no link; `redirects` is where the table
    leads from each; `loaded` is what resolved uses.
    """

    files: Files
    enabled: bool = False
    unit: str = ""
    addresses: tuple[str, ...] | None = None
    redirects: tuple[tuple[str, str], ...] = ()
    loaded: Scope | None = None

    @property
    def runs(self) -> bool:
        """Whether its unit is or shall be started."""
        return bool(self.unit)

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        files = _own_files.to_dict(self.files)
        if not (files or self.enabled or self.unit or self.addresses is not None or self.redirects):
            return {}
        return {
            "files": files,
            "enabled": self.enabled,
            "unit": self.unit,
            "addresses": None if self.addresses is None else list(self.addresses),
            "redirects": dict(self.redirects),
            "loaded": None if self.loaded is None else self.loaded.to_dict(),
        }


@dataclasses.dataclass(frozen=True)
class LinkPart:
    """The link of a delegate; see `_part.Part`."""

    places: LinkPlaces
    before: LinkState
    after: LinkState
    warnings: tuple[str, ...] = ()
    key: str = "link"
    # resolvectl tells it about the link.
    reloads: bool = False

    def bring(self, host: Host, state: LinkState) -> None:
        """Start, change or remove it.

        :raises DelegateError: a file cannot be written, or a unit does not start.
        """
        if state.runs:
            _start(host, self.places, state)
        else:
            _remove(host, self.places, state)

    def prove(self, host: Host) -> None:
        """Read everything again.

        :raises DelegateError: something is not as it shall be.
        """
        # By now it runs, even where it had to be started first.
        wrong = _wrong(self.after, _look(host, self.places, host.loaded))
        manager = _manager(self.places.link) if self.after.runs else ""
        if manager:
            wrong.append(f"systemd-networkd manages it by {manager}, which must not match {self.places.link}")
        if wrong:
            raise DelegateError(
                UNPROVED,
                f"The link {self.places.link} of delegate {self.places.name} is not as it should be: "
                f"{'; '.join(wrong)}. Look at: journalctl -u {self.places.unit}",
            )


def plan_link(
    host: Host, read_loaded: t.Callable[[], Loaded], facts: Facts, name: str, wanted: Scope | None
) -> LinkPart:
    """Look at everything and write nothing.

    :param read_loaded: what resolved has loaded, when it is needed.
    :raises DelegateError: this host cannot have such a link, or its files are somebody else's.
    """
    places = LinkPlaces(name)
    tools = None if wanted is None else require_tools(host, facts, wanted)
    before = _look(host, places, read_loaded if facts.active else None)
    if wanted is None or tools is None:
        return LinkPart(places, before, LinkState(_own_files.gone(before.files)))
    require_servers(read_loaded, facts, places)
    wanted, warnings = reachable(facts, wanted)
    redirects = make_redirects(_block(host, places, before), wanted.servers)
    first = starts_first(host)
    texts = render(wanted, redirects, tools, before_network=not first)
    warnings += [late(wanted, places, first)] if first else []
    return LinkPart(places, before, _state_after(wanted, redirects, texts, before), tuple(warnings))


def links() -> dict[str, Scope]:
    """The delegates that have links of their own on this host, by link: with the private servers and the domains."""
    found = {}
    for name in names(path.name for path in Path(UNITS).glob("*.service")):
        places = LinkPlaces(name)
        scope = parse_unit(name, _text(Path(UNITS) / places.unit), _text(Path(places.rules)))
        if scope is not None:
            found[places.link] = scope
    return found


def _state_after(
    wanted: Scope, redirects: t.Sequence[Redirect], texts: t.Mapping[str, str], before: LinkState
) -> LinkState:
    return LinkState(
        _own_files.with_texts(before.files, texts),
        enabled=True,
        unit="active",
        addresses=tuple(sorted(item.address for item in redirects)),
        redirects=tuple(sorted((item.address, item.target) for item in redirects)),
        loaded=own_scope(wanted, redirects),
    )


# What is there


def _look(host: Host, places: LinkPlaces, read_loaded: t.Callable[[], Loaded] | None) -> LinkState:
    """What there is; resolved is not asked without `read_loaded`."""
    files = _own_files.read(places.files)
    there = interface_exists(places.link)
    if not there and not _own_files.any_there(files):
        # The files go last, so without them nothing else is there.
        return LinkState(files)
    enabled, unit = _unit(host, places)
    return LinkState(
        files,
        enabled,
        unit,
        _addresses(host, places.link) if there else None,
        _redirects(host, places),
        _of_link(read_loaded(), places.link) if there and read_loaded is not None else None,
    )


def _unit(host: Host, places: LinkPlaces) -> tuple[bool, str]:
    """Whether our unit is enabled, and its state."""
    shown = host.try_(["systemctl", "show", "--property=UnitFileState,ActiveState,NeedDaemonReload", places.unit])
    told = dict(line.split("=", 1) for line in shown.splitlines() if "=" in line)
    state = "stale" if told.get("NeedDaemonReload") == "yes" else told.get("ActiveState", "inactive")
    return told.get("UnitFileState") == "enabled", "" if state == "inactive" else state


def _redirects(host: Host, places: LinkPlaces) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(parse_rules(_nft.table(host, places)).items()))


def _addresses(host: Host, link: str) -> tuple[str, ...]:
    """Those that we gave it: the kernel adds one of its own."""
    found = (item for entry in _ip_addresses(host, "dev", link) for item in entry.get("addr_info", []))
    return tuple(sorted(item["local"] for item in found if block_of(item["local"]) is not None))


def _ip_addresses(host: Host, *which: str) -> list[dict[str, t.Any]]:
    try:
        entries = json.loads(host.try_(["ip", "-json", "address", "show", *which]) or "[]")
    except ValueError:
        return []
    return [entry for entry in entries if entry]


def _of_link(loaded: Loaded, link: str) -> Scope | None:
    if link in loaded.idle:
        return None
    return next((scope for scope in loaded.scopes if (scope.kind, scope.name) == (LINK, link)), None)


def _block(host: Host, places: LinkPlaces, before: LinkState) -> int:
    """The block that it has, or one that nothing else on this host uses."""
    own = dict(before.files)[places.rules].content or ""
    if parse_rules(own):
        block = block_of(min(parse_rules(own)))
        if block is not None:
            return block
    taken = {
        block_of(item["local"])
        for entry in _ip_addresses(host)
        if entry.get("ifname") != places.link
        for item in entry.get("addr_info", [])
    }
    others = (path for path in Path(places.rules).parent.glob(f"{places.kind}-*.nft") if str(path) != places.rules)
    taken |= {block_of(address) for path in others for address in parse_rules(_text(path))}
    return choose_block(places.name, {block for block in taken if block is not None})


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _manager(link: str) -> str:
    """The file by which systemd-networkd manages a link, nothing when it leaves the link alone."""
    with contextlib.suppress(OSError, StopIteration):
        index = (Path("/sys/class/net") / link / "ifindex").read_text(encoding="ascii").strip()
        lines = (Path(_NETWORKD_LINKS) / index).read_text(encoding="utf-8").splitlines()
        told = dict(line.split("=", 1) for line in lines if "=" in line)
        if told.get("ADMIN_STATE", "unmanaged") not in ("unmanaged", "initialized", "pending"):
            return told.get("NETWORK_FILE", "a .network file")
    return ""


# What is done


def _start(host: Host, places: LinkPlaces, state: LinkState) -> None:
    network_file = places.files[0]
    known = _files.read(network_file) == dict(state.files)[network_file]
    moved = _redirects(host, places) != state.redirects
    _own_files.write(state.files)
    if not known:
        _tell_networkd(host)
    _nft.start(host, places)
    for address in set(_addresses(host, places.link)) - set(state.addresses or ()):
        host.try_(["ip", "address", "delete", address, "dev", places.link])
    if moved:
        # What the servers before have said is old, and connections to them may still be open.
        host.try_(["resolvectl", "flush-caches"])
        host.try_(["resolvectl", "reset-server-features"])


def _remove(host: Host, places: LinkPlaces, state: LinkState) -> None:
    # The rules see to it that no other server on this host gets what resolved sends to the addresses of the link.
    _nft.end(host, places, state.files, first=[["ip", "link", "delete", places.link]])
    _tell_networkd(host)


def _tell_networkd(host: Host) -> None:
    if host.try_(["systemctl", "is-active", "systemd-networkd.service"]):
        host.try_(["networkctl", "reload"])


def _wrong(after: LinkState, now: LinkState) -> list[str]:
    """In what a state differs from the wanted one, one clause each."""
    if after.to_dict() == now.to_dict():
        return []
    clauses = []
    have = now.to_dict()
    for key, value in after.to_dict().items():
        if key == "loaded":
            clauses += differences(after.loaded, now.loaded) if after.loaded is not None else []
        elif have.get(key) != value:
            clauses.append(f"{key} should be {value}, but are {have.get(key)}")
    return clauses or [f"it is still there: {', '.join(key for key, value in have.items() if value)}"]
