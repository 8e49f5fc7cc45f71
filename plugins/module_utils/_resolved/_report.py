# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The split DNS of a host in the form in which dns_delegate_info returns it, and in a few lines for people."""

from __future__ import annotations

import dataclasses
import typing as t

from ._dump import Loaded
from ._facts import LINKS_SINCE, Facts
from ._leaks import Setup, find_leaks
from ._lookup import BYPASSED, host_services
from ._resolv_conf import leads_to_stub, servers, written_by
from ._routing import ROOT, asked, in_use
from ._scope import DELEGATE, LINK, Scope


def with_private_servers(loaded: Loaded, own: t.Mapping[str, Scope]) -> Loaded:
    """The configuration in which links of ours have the servers to which their own addresses lead."""
    scopes = (
        dataclasses.replace(scope, servers=own[scope.name].servers)
        if scope.kind == LINK and scope.name in own and scope.servers
        else scope
        for scope in loaded.scopes
    )
    return dataclasses.replace(loaded, scopes=tuple(scopes))


def method_of(facts: Facts) -> str:
    """The way in which dns_delegate would split the DNS of a host, empty where there is none."""
    if facts.delegates:
        return DELEGATE
    return LINK if facts.version >= LINKS_SINCE and {"ip", "nft"} <= facts.tools else ""


def missing(facts: Facts) -> str:
    """Why a host has no way to split its DNS, whoever is in charge of it; empty where it has one."""
    if not facts.version:
        return "this host does not run systemd, and split DNS is done by systemd-resolved. Leave the host out"
    if facts.version < LINKS_SINCE:
        return f"systemd {facts.version} is too old, {LINKS_SINCE} is needed. Upgrade this host, or leave it out"
    if not method_of(facts):
        return (
            f"systemd {facts.version} reads no delegate files, and ip and nft are not there for a link of its own. "
            "Install iproute2 and nftables, upgrade systemd to 258, or leave this host out"
        )
    return ""


def domains(setup: Setup) -> list[dict[str, t.Any]]:
    """Every domain with who is asked for it, one entry for each scope that answers it."""
    claimed = sorted({domain for scope in setup.scopes for domain in scope.domains if domain != ROOT})
    return [
        {
            "domain": domain,
            "by": scope.kind,
            "name": scope.name,
            "servers": [str(server) for server in scope.servers],
            "search": domain in scope.searched,
        }
        for domain in claimed
        for scope in asked(domain, setup.used)
    ]


def report(setup: Setup, loaded: Loaded | None, own: t.Mapping[str, Scope]) -> dict[str, t.Any]:
    """What the module returns, without the files."""
    facts = setup.facts
    delegates = [scope for scope in setup.scopes if scope.kind == DELEGATE]
    behind = [dataclasses.replace(own[scope.name], kind=DELEGATE) for scope in setup.scopes if scope.name in setup.own]
    why = missing(facts) or setup.obstacle
    result = {
        "delegates": [scope.to_dict() for scope in sorted((*delegates, *behind), key=lambda scope: scope.name)],
        "scopes": [
            {"kind": scope.kind, **scope.to_dict(), "delegate": setup.own.get(scope.name, "")}
            for scope in setup.scopes
            if scope.kind != DELEGATE
        ],
        "domains": domains(setup),
        "servers": rest(setup),
        "method": "" if why else method_of(facts),
        "verified": facts.verified,
        "in_charge": not why,
        "obstacle": why,
        "lookup": facts.lookup,
        "resolv_conf": {
            "mode": mode(facts, loaded),
            "target": facts.resolv_conf_target,
            "servers": list(servers(facts.resolv_conf)),
            "written_by": written_by(facts),
        },
        "nsswitch": host_services(facts.nsswitch),
        "uplink": facts.uplink,
        "systemd_version": facts.version,
        "leaks": find_leaks(setup),
    }
    return {**result, "text": text(setup, result)}


def make_setup(facts: Facts, loaded: Loaded | None, own: t.Mapping[str, Scope], **others: t.Any) -> Setup:
    """The value that the rules take; `others` are its further fields."""
    known = with_private_servers(loaded or Loaded(()), own)
    there = {scope.name for scope in known.scopes if scope.kind == LINK}
    names = {link: scope.name for link, scope in own.items() if link in there}
    return Setup(facts, known.scopes, in_use(known, facts.version), names, **others)


def mode(facts: Facts, loaded: Loaded | None) -> str:
    """How /etc/resolv.conf comes about: what systemd-resolved says, or what can be seen without it."""
    if loaded is not None and loaded.resolv_conf_mode:
        return loaded.resolv_conf_mode
    if leads_to_stub(facts.resolv_conf_target):
        return "stub"
    return "foreign" if facts.resolv_conf else "missing"


def rest(setup: Setup) -> list[str]:
    """The servers that programs ask for names that nobody claims."""
    if setup.facts.lookup == BYPASSED or not setup.facts.active:
        return list(servers(setup.facts.resolv_conf))
    return list(dict.fromkeys(str(server) for scope in asked(ROOT, setup.used) for server in scope.servers))


def text(setup: Setup, result: t.Mapping[str, t.Any]) -> str:
    """A few aligned lines."""
    why = missing(setup.facts)
    way = f"by {result['method']}" if result["method"] else "cannot be set up" + (f": {why}" if why else "")
    tested = "tested" if result["verified"] else "not tested"
    resolv_conf = result["resolv_conf"]
    writer = f"by {resolv_conf['written_by']}, " if resolv_conf["written_by"] else ""
    rows = [
        ("systemd", f"{result['systemd_version']} ({tested}), split DNS {way}"),
        ("in charge", f"not systemd-resolved: {setup.obstacle}" if setup.obstacle else "systemd-resolved"),
        ("resolv.conf", f"{resolv_conf['mode']}, {writer}{' '.join(resolv_conf['servers']) or 'no server'}"),
        ("hosts", " ".join(result["nsswitch"]) or "not in nsswitch.conf"),
        ("uplink", result["uplink"]),
    ]
    rows += [
        (entry["domain"], f"{' '.join(entry['servers'])} ({entry['by']} {entry['name']})".replace(" )", ")"))
        for entry in result["domains"]
    ]
    rows.append(("all else", " ".join(result["servers"]) or "nobody"))
    rows += [("leak", leak) for leak in result["leaks"]] or [("leaks", "none in the configuration")]
    width = max(len(label) for label, _text in rows)
    return "\n".join(f"{label:<{width}}  {line}" for label, line in rows)
