# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Why systemd-resolved is not in charge of the names of a host, who is, and what can be done about it."""

from __future__ import annotations

from ._around import IMMUTABLE, MOUNTED, Listener, listener_on
from ._facts import Facts
from ._lookup import BYPASSED, STUB, STUB_ADDRESSES, finds_names
from ._resolv_conf import (
    CONNMAN,
    DHCLIENT,
    DHCPCD,
    DOCKER,
    HAND,
    NETCONFIG,
    PATH,
    PPP,
    RESOLVCONF,
    RESOLVED,
    STUB_LINK,
    TAILSCALE,
    WSL,
    is_local,
    servers,
    written_by,
)

_STUB_ADDRESS = "127.0.0.53"
# The kernel cuts the names of processes.
_PROCESS = "systemd-resolve"

_LINK = f"ln -sf {STUB_LINK} {PATH}"
_MASKED = ("masked", "masked-runtime")

# Who writes the file again after it was replaced, and what ends that.
_WRITES_AGAIN = {
    CONNMAN: "Start connmand with --nodnsproxy",
    DHCLIENT: "Define make_resolv_conf() as a function that does nothing in a file of /etc/dhcp/dhclient-enter-hooks.d",
    DHCPCD: "Add the line `nohook resolv.conf` to /etc/dhcpcd.conf and restart dhcpcd",
    DOCKER: "Leave this host out: its names are Docker's",
    NETCONFIG: 'Set NETCONFIG_DNS_POLICY="" in /etc/sysconfig/network/config',
    PPP: "Take usepeerdns out of the options of pppd",
    RESOLVCONF: "Remove the package resolvconf or openresolv: systemd-resolved brings a resolvconf of its own",
    TAILSCALE: "Give tailscaled a restart afterwards: it works with systemd-resolved where it finds the link",
    WSL: "Set generateResolvConf=false below [network] in /etc/wsl.conf and start WSL again",
}
# Ways of NetworkManager to write a file of its own even through a link.
_WRITES_THROUGH = ("file", "resolvconf", "netconfig")


def obstacle(facts: Facts) -> str:
    """Why systemd-resolved is not in charge here, with who is and the remedies; empty when it is.

    It is in charge too where nothing but the C library asks it, which `_lookup.advice` tells.
    """
    fault = problem(facts)
    if not fault:
        return ""
    by_hand = f"Set `take_over: true`, which can be taken back, or do it yourself: {_by_hand(facts)}"
    return f"{fault}. {refusal(facts) or by_hand}"


def problem(facts: Facts) -> str:
    """The obstacle without the remedies."""
    return _service(facts) or _stub(facts) or _names(facts)


def refusal(facts: Facts) -> str:
    """Why `take_over` cannot put systemd-resolved in charge here, with the remedy; empty when it can."""
    if not facts.installed:
        return "Install the package systemd-resolved; where there is none it is part of the package systemd"
    taken = _taken(facts)
    if taken is not None:
        return (
            f"systemd-resolved cannot listen on {_STUB_ADDRESS}, because {taken} takes its place. Let that program "
            "listen on its own addresses only (dnsmasq: listen-address= with bind-interfaces; unbound: interface:; "
            "AdGuard Home: bind_hosts; Pi-hole: dns.listeningMode SINGLE), then restart it and systemd-resolved"
        )
    listeners = facts.around.listeners
    if facts.active and listeners is not None and _STUB_ADDRESS not in {listener.address for listener in listeners}:
        return (
            f"systemd-resolved runs and does not listen on {_STUB_ADDRESS}. Set DNSStubListener=yes in "
            "/etc/systemd/resolved.conf and restart systemd-resolved"
        )
    if not _finds_names(facts):
        return "Add dns to that line, behind files"
    return "" if facts.lookup == STUB else _held(facts)


def _held(facts: Facts) -> str:
    if facts.around.held == IMMUTABLE:
        return f"{PATH} cannot be replaced, because somebody made it immutable. If that may end: chattr -i {PATH}"
    if facts.around.held == MOUNTED:
        return (
            f"{PATH} cannot be replaced, because something is mounted there, as container managers do. Start the "
            "container without it, or leave this host out"
        )
    writer = written_by(facts)
    if writer in _WRITES_AGAIN:
        return f"{writer} would write {PATH} again. {_WRITES_AGAIN[writer]}; then: {_LINK}"
    manager = dict(facts.around.manager)
    if manager.get("dns") not in (None, "none", RESOLVED) and manager.get("rc-manager") in _WRITES_THROUGH:
        return (
            f"NetworkManager would write {PATH} again, because rc-manager={manager['rc-manager']} stands in its "
            "configuration. Take that out, or say dns=systemd-resolved there; then restart NetworkManager"
        )
    return ""


def who_answers(facts: Facts) -> str:
    """Where programs ask, as a clause."""
    named = servers(facts.resolv_conf)
    target = facts.resolv_conf_target
    if not named:
        if not target:
            return f"{PATH} {'names no server' if facts.resolv_conf else 'is missing or empty'}"
        return f"{PATH} links to {target}, which {'names no server' if facts.resolv_conf else 'is not there or empty'}"
    writer = written_by(facts)
    author = "by hand" if writer == HAND else f"by {writer}"
    linked = f", a link to {target}," if target else ""
    return (
        f"{PATH}{linked} was written {author} and names {', '.join(_with_program(facts, server) for server in named)}"
    )


def _with_program(facts: Facts, server: str) -> str:
    listener = listener_on(facts.around.listeners or (), server) if is_local(server) else None
    return f"{server} ({listener.process} on this host)" if listener and listener.process else server


def _service(facts: Facts) -> str:
    if not facts.installed:
        state = "is not installed on this host"
    elif facts.enabled in _MASKED:
        state = "is masked on this host, so nothing can start it" if not facts.active else ""
    else:
        state = (
            ""
            if facts.active
            else f"is {'disabled and ' if facts.enabled == 'disabled' else ''}not running on this host"
        )
    return f"systemd-resolved {state}; {who_answers(facts)}" if state else ""


def _stub(facts: Facts) -> str:
    """What is wrong with the address that the host asks, where that is systemd-resolved's own."""
    if facts.lookup != STUB or facts.around.listeners is None:
        return ""
    address = servers(facts.resolv_conf)[0]
    listener = listener_on(facts.around.listeners, address)
    if listener is None:
        return (
            f"nobody listens on {address}, which {PATH} names: systemd-resolved has turned its listener off "
            "(DNSStubListener=no, or the port was taken when it started)"
        )
    return (
        ""
        if _is_resolved(listener)
        else f"{PATH} names {address}, where {listener} answers instead of systemd-resolved"
    )


def _names(facts: Facts) -> str:
    if not _finds_names(facts):
        return "the line `hosts:` of /etc/nsswitch.conf has neither dns nor a resolve whose library is installed"
    if facts.lookup != BYPASSED:
        return ""
    return (
        "programs do not ask systemd-resolved on this host, or ask others for what it does not find (which resolve "
        f"[!UNAVAIL=return] before dns in /etc/nsswitch.conf prevents): {who_answers(facts)}"
    )


def _finds_names(facts: Facts) -> bool:
    return finds_names(facts.nsswitch, facts.nss_resolve)


def _taken(facts: Facts) -> Listener | None:
    """Who keeps systemd-resolved from listening, if anybody."""
    listener = listener_on(facts.around.listeners or (), _STUB_ADDRESS)
    # What listens on :: may leave IPv4 alone; that is seen when systemd-resolved runs.
    if listener is None or listener.address == "::" or _is_resolved(listener):
        return None
    return listener


def _is_resolved(listener: Listener) -> bool:
    """An own address that nobody has a name for is taken as its own: who is not root sees no names."""
    return listener.process == _PROCESS or (not listener.process and listener.address in STUB_ADDRESSES)


def _by_hand(facts: Facts) -> str:
    commands = []
    if facts.enabled in _MASKED:
        commands.append("systemctl unmask systemd-resolved")
    if not facts.active:
        commands.append("systemctl enable --now systemd-resolved")
    if facts.lookup != STUB:
        commands.append(_LINK)
    return "; ".join(commands) or "look at: journalctl -u systemd-resolved"
