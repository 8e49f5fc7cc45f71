# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.
"""A host's split DNS from what is there to what shall be there, with a proof and the way back."""

from __future__ import annotations

import dataclasses
import functools
import typing as t

from ._anchors import plan_anchors
from ._delegate import plan_delegate
from ._dump import Loaded
from ._facts import DELEGATES_SINCE, Facts
from ._failure import UNSUPPORTED, DelegateError
from ._guard import plan_guard
from ._host import Host
from ._link import plan_link
from ._part import Part
from ._proof import Name
from ._require import require_alone, require_host, require_options, require_search
from ._routing import in_use
from ._scope import Scope
from ._takeover import plan_takeover
from ._verify import look_up

AUTO = "auto"
BY_DELEGATE = "delegate"
BY_LINK = "link"

LookUp = t.Callable[[Scope, t.Sequence[str], t.Sequence[Scope]], tuple[Name, ...]]


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked for: `wanted`, or that there is nothing of this name.

    `method` is a constant of this module. `take_over` = put systemd-resolved in charge where it is not. `fail_fast` =
    refuse what goes to servers that are silent. `verify` are names that are looked up afterwards.
    """

    name: str
    wanted: Scope | None
    method: str = AUTO
    take_over: bool = False
    fail_fast: bool = False
    verify: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Plan:
    """The parts in the order in which they are brought.

    `method` is the way that is taken. `scope` is what resolved shall have then, with the drop-ins of somebody's hand.
    Both are empty for a removal.
    """

    facts: Facts
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]
    method: str = ""
    scope: Scope | None = None
    drop_ins: tuple[str, ...] = ()

    @property
    def changing(self) -> list[Part]:
        """The parts that have to be brought."""
        return [part for part in self.parts if part.before != part.after]

    @property
    def changed(self) -> bool:
        """Whether anything has to be done."""
        return bool(self.changing)

    @property
    def reloads(self) -> bool:
        """Whether systemd-resolved has to read its files again."""
        return any(part.reloads for part in self.changing)

    def diff(self) -> dict[str, dict[str, t.Any]]:
        """What there is and what there shall be of all parts that are not empty in both."""
        pairs = {part.key: (part.before.to_dict(), part.after.to_dict()) for part in self.parts}
        shown = {key: pair for key, pair in pairs.items() if any(pair)}
        return {
            "before": {key: before for key, (before, _after) in shown.items()},
            "after": {key: after for key, (_before, after) in shown.items()},
        }


def plan(host: Host, request: Request) -> Plan:
    """Look at everything and write nothing.

    :raises DelegateError: split DNS cannot be had on this host, or not without harm.
    """
    facts = host.facts()
    if request.wanted is None:
        return _plan_removal(host, facts, request.name)
    return _plan_presence(host, facts, request, request.wanted)


def _plan_presence(host: Host, facts: Facts, request: Request, wanted: Scope) -> Plan:
    name, take_over = request.name, request.take_over
    warnings = require_host(wanted, facts, take_over)
    method = _method(facts, request.method)
    warnings += require_options(wanted, facts, method == BY_DELEGATE)
    # Nothing changes it meanwhile.
    read_loaded = functools.cache(host.loaded)
    delegate = plan_delegate(read_loaded, facts, name, wanted if method == BY_DELEGATE else None)
    link = plan_link(host, read_loaded, facts, name, wanted if method == BY_LINK else None)
    scope = delegate.effective or wanted
    require_search(scope, facts)
    service, lookup = plan_takeover(host, facts, name, take_over, True, domains=scope.domains)
    anchors = plan_anchors(host, facts, name, scope.domains)
    guard = plan_guard(host, name, scope.servers if request.fail_fast else ())
    try:
        warnings += require_alone(read_loaded() if facts.active else Loaded(()), scope, service.coming)
    except DelegateError as failure:
        raise failure.followed_by("Nothing was written.") from None
    # The way that is left goes when the other one is proved, and programs are led to resolved when that knows the way.
    ways: tuple[Part, ...] = (delegate, link) if method == BY_DELEGATE else (link, delegate)
    parts: tuple[Part, ...] = (service, anchors, *ways, guard, lookup)
    return Plan(facts, parts, (*warnings, *_warnings(parts)), method, scope, delegate.drop_ins)


def _plan_removal(host: Host, facts: Facts, name: str) -> Plan:
    service, lookup = plan_takeover(host, facts, name, take_over=False, present=False)
    read_loaded = functools.cache(host.loaded)
    delegate, link = plan_delegate(read_loaded, facts, name, None), plan_link(host, read_loaded, facts, name, None)
    guard, anchors = plan_guard(host, name, ()), plan_anchors(host, facts, name, ())
    parts: tuple[Part, ...] = (lookup, guard, delegate, link, anchors, service)
    return Plan(facts, parts, _warnings(parts))


def _warnings(parts: t.Sequence[Part]) -> tuple[str, ...]:
    return tuple(warning for part in parts for warning in part.warnings)


def _method(facts: Facts, method: str) -> str:
    if method == BY_LINK or (method == AUTO and not facts.delegates):
        return BY_LINK
    if not facts.delegates:
        raise DelegateError(
            UNSUPPORTED,
            f"systemd {facts.version} ignores delegate files, they need {DELEGATES_SINCE} or newer. Nothing was "
            "written. Leave `method` at auto, upgrade systemd on this host, or leave the host out.",
            systemd_version=facts.version,
        )
    return BY_DELEGATE


def carry_out(host: Host, planned: Plan, verify: t.Sequence[str] = (), look_up: LookUp = look_up) -> tuple[Name, ...]:
    """Do what has to be done, prove it and look names up; when any of it fails, put everything back.

    :raises DelegateError: with what failed, and whether the previous state is back.
    """
    begun: list[Part] = []
    try:
        for part in planned.changing:
            begun.append(part)
            part.bring(host, part.after)
            part.prove(host)
        if planned.scope is None or not (begun or verify):
            return ()
        loaded = host.loaded()
        if begun:
            require_alone(loaded, planned.scope)
        return look_up(planned.scope, verify, in_use(loaded, planned.facts.version))
    except DelegateError as failure:
        raise failure.followed_by(_put_back(host, begun)) from None
    except Exception:
        _put_back(host, begun)
        raise


def _put_back(host: Host, begun: t.Sequence[Part]) -> str:
    """Undo what was done; how that went, as a sentence."""
    if not begun:
        return "Nothing was changed."
    failures = []
    for part in reversed(begun):
        try:
            part.bring(host, part.before)
        except Exception as failure:  # noqa: BLE001  # the other parts are put back all the same
            failures.append(str(failure))
    if failures:
        return f"Putting the previous state back failed as well: {' '.join(failures)}"
    return "The previous state has been put back."
