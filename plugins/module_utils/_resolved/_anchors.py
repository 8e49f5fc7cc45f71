# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Negative trust anchors: private domains that systemd-resolved does not validate, where it validates at all.

A private zone has no signatures. Below a signed public domain that is proof of a forgery, unless an anchor says that
nothing is to be proved there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import typing as t
from pathlib import Path

from . import _files
from ._anchor_file import BUILT_IN, DIRECTORY, PREFIX, SUFFIX, covered, is_ours, kept, parse, render
from ._facts import Facts
from ._failure import CONFLICT, UNPROVED, DelegateError
from ._files import FileState, explained
from ._host import LOG, Host

_DIRECTORIES = (
    DIRECTORY,
    "/run/dnssec-trust-anchors.d",
    "/usr/local/lib/dnssec-trust-anchors.d",
    "/usr/lib/dnssec-trust-anchors.d",
)
# A file that waits, without effect, until resolved has read that it is gone.
_LEAVING = ".leaving"
_MANAGER = ("org.freedesktop.resolve1", "/org/freedesktop/resolve1", "org.freedesktop.resolve1.Manager")
_OFF = ("", "no", "false", "0", "off")


@dataclasses.dataclass(frozen=True)
class AnchorState:
    """The file with the anchors of a delegate.

    `missing` are domains that resolved still validates, `leaving` = it may not know yet that the file is gone.
    """

    path: str
    file: FileState
    missing: tuple[str, ...] = ()
    leaving: bool = False

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        if self.file.content is None and not self.leaving:
            return {}
        validated = {"validated": list(self.missing)} if self.missing else {}
        return {"path": self.path, **self.file.to_dict(), **validated}


@dataclasses.dataclass(frozen=True)
class Anchors:
    """The part of a delegate's negative trust anchors."""

    before: AnchorState
    after: AnchorState
    facts: Facts
    domains: tuple[str, ...] = ()
    key: str = "anchors"
    warnings: tuple[str, ...] = ()
    reloads: bool = True

    def bring(self, host: Host, state: AnchorState) -> None:
        """Write or remove the file and let resolved read it."""
        path, leaving = Path(state.path), Path(state.path + _LEAVING)
        if state.file.content is not None:
            _files.write(state.path, state.file)
            self._reload(host)
        with explained("remove", path):
            if state.file.content is None and os.path.lexists(path):
                path.replace(leaving)
            if os.path.lexists(leaving):
                self._reload(host)
                leaving.unlink()
        if state.file.content is None:
            _files.write(state.path, _files.gone(state.path))

    def _reload(self, host: Host) -> None:
        if host.try_(["systemctl", "is-active", "systemd-resolved.service"]):
            host.reload(self.facts)

    def prove(self, host: Host) -> None:
        """See whether the domains are not validated any more.

        :raises DelegateError: one still is.
        """
        validated = _not_covered(self.domains, _in_force(host))
        if validated:
            raise DelegateError(
                UNPROVED,
                f"systemd-resolved still validates {', '.join(validated)} by DNSSEC, although {self.after.path} says "
                f"that it shall not. Look at: {LOG}.",
            )


def plan_anchors(host: Host, facts: Facts, name: str, domains: t.Sequence[str]) -> Anchors:
    """The part of a delegate with these domains; without any, what was written for it goes. Nothing is written.

    :raises DelegateError: somebody else's file has the name of ours.
    """
    path = f"{DIRECTORY}/{PREFIX}{name}{SUFFIX}"
    file = _files.read(path)
    if file.content is not None and not is_ours(file.content):
        raise DelegateError(
            CONFLICT, f"{path} was not written by homelab.network. Nothing was changed. Give that file another name."
        )
    in_force = _in_force(host) if facts.active else frozenset()
    own, foreign = _texts()
    others = frozenset().union(*map(parse, foreign))
    base = others or _built_in(own, in_force)
    needed = _not_covered(domains, base) if domains and _validates(host, facts) else ()
    if needed:
        wanted = _files.for_resolved(render(name, () if others else base, needed), file)
    else:
        wanted = _files.gone(path) if file.content is not None else file
    missing = _not_covered(needed, in_force) if facts.active else ()
    leaving = os.path.lexists(path + _LEAVING)
    return Anchors(AnchorState(path, file, missing, leaving), AnchorState(path, wanted), facts, needed)


def _not_covered(domains: t.Iterable[str], anchors: t.AbstractSet[str]) -> tuple[str, ...]:
    return tuple(sorted(domain for domain in domains if not covered(domain, anchors)))


def _built_in(own: t.Sequence[str], in_force: frozenset[str]) -> frozenset[str]:
    """The anchors that are in force without any file; a version may have more than those that are known here."""
    seen = frozenset().union(*map(kept, own)) if own else in_force
    return BUILT_IN | seen


def _texts() -> tuple[list[str], list[str]]:
    """The texts of all files that resolved reads, ours and those of others; an upper one hides a lower one."""
    paths: dict[str, Path] = {}
    for folder in reversed(_DIRECTORIES):
        paths.update({path.name: path for path in Path(folder).glob(f"*{SUFFIX}")})
    texts = []
    for path in paths.values():
        with contextlib.suppress(OSError):
            texts.append(path.read_text(encoding="utf-8", errors="replace"))
    own = [text for text in texts if is_ours(text)]
    return own, [text for text in texts if not is_ours(text)]


def _in_force(host: Host) -> frozenset[str]:
    """The negative trust anchors that resolved has loaded."""
    reply = host.try_(["busctl", "--json=short", "get-property", *_MANAGER, "DNSSECNegativeTrustAnchors"])
    return frozenset(name.rstrip(".").lower() for name in json.loads(reply)["data"]) if reply else frozenset()


def _validates(host: Host, facts: Facts) -> bool:
    """Whether resolved validates, or will once it runs."""
    if facts.active:
        reply = host.try_(["busctl", "--json=short", "get-property", *_MANAGER, "DNSSEC"])
        return bool(reply) and json.loads(reply)["data"] not in _OFF
    lines = re.findall(
        r"(?m)^\s*DNSSEC\s*=\s*(\S*)", host.try_(["systemd-analyze", "cat-config", "systemd/resolved.conf"])
    )
    return bool(lines) and lines[-1].lower() not in _OFF
