# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a server that refuses means, and what to do about it; pure. The settings stand in full in the documentation."""

from __future__ import annotations

# Another writer was there first (RFC 2136 section 3.2).
RACED = ("NXDOMAIN", "NXRRSET", "YXDOMAIN", "YXRRSET")

_SIGNATURE = {
    "PeerBadKey": (
        "the server has no key {name} with the algorithm {algorithm} (BADKEY). Correct tsig_name and tsig_algorithm;"
        " both must be as on the server"
    ),
    "PeerBadSignature": (
        "the signature with the key {name} is wrong (BADSIG): it has another secret on the server. Correct tsig_secret"
    ),
    "PeerBadTime": (
        "the clocks of this host and of the server differ too much for a signature (BADTIME); this host has {now} UTC."
        " Set both by NTP"
    ),
    "PeerBadTruncation": (
        "the server wants longer signatures than {algorithm} makes (BADTRUNC). Correct tsig_algorithm, or the server's"
        " settings of the key {name}"
    ),
    "BadTime": (
        "the answer was signed too long ago or in the future: the clocks of this host and of the server differ; this"
        " host has {now} UTC. Set both by NTP"
    ),
    "NOTAUTH": (
        "the server does not accept the signature with the key {name} and does not say why (NOTAUTH; PowerDNS never"
        " does). Correct tsig_name, tsig_secret and tsig_algorithm, which all must be as on the server, and set the"
        " clocks of both by NTP; this host has {now} UTC"
    ),
}
_FORGED = (
    "the signature of the answer is not one of the key {name}: something between this host and the server changes"
    " messages, or answers instead of it"
)
UNSIGNED = (
    "the answer is not signed with the key {name}, so anybody could have sent it. Check that nothing between this host"
    " and the server answers instead of it"
)


def signature(error: str, name: str, algorithm: str, now: str) -> str:
    """What an exception of dnspython about a signature means, by the name of its class; C(NOTAUTH) is that response."""
    return _SIGNATURE.get(error, _FORGED).format(name=name, algorithm=algorithm, now=now)


def no_transfer(zone: str, rcode: str, key: str | None) -> str:
    """Why a zone that the server has is not transferred. BIND and PowerDNS say REFUSED to a stranger, Knot NOTAUTH."""
    why = {
        "REFUSED": "the server does not allow it to" + _who(key),
        "NOTAUTH": f"the server does not allow it to{_who(key)}, or no longer has the zone",
        "SERVFAIL": "the server cannot read the zone; its log says why",
        "NOTIMP": "the server has no zone transfers",
    }.get(rcode, "the server refuses it")
    return (
        f"{why} ({rcode}). Without the transfer nobody could tell what is to be changed or removed, so nothing is done."
        f" {_allow(key, f'allow-transfer (BIND), action: transfer (Knot) or TSIG-ALLOW-AXFR (PowerDNS) of {zone}')}"
    )


def no_update(zone: str, rcode: str, key: str | None, primary: str, homeless: str = "") -> str:
    """Why an update was not made.

    :param primary: the server that the SOA record names.
    :param homeless: what leads to names of the zone without addresses.
    """
    allow = _allow(key, f"update-policy (BIND), action: update (Knot) or TSIG-ALLOW-DNSUPDATE (PowerDNS) of {zone}")
    here = f"If this server is a secondary, set server to the primary, which is {primary} by the SOA record"
    if homeless and rcode == "REFUSED":
        return (
            f"the server does not take {homeless}, for there is no address of that name (REFUSED; check-integrity of"
            f" BIND). Give it one. If that is not it: the server does not allow updates to{_who(key)}. {allow}. {here}"
        )
    return {
        "REFUSED": f"the server does not allow updates to{_who(key)} (REFUSED). {allow}. {here}",
        "NOTAUTH": (
            f"the server does not take updates as the zone's primary, or not from{_who(key)} (NOTAUTH). {allow}. {here}"
        ),
        "NOTZONE": (
            "a name is not in the zone by the server's judgement (NOTZONE). Has the zone been cut in two meanwhile? Run"
            " again"
        ),
        "NOTIMP": f"the server takes no dynamic updates (NOTIMP). Switch them on. {here}",
        "SERVFAIL": (
            "the server could not store it (SERVFAIL); its log says why. Often it may not write the folder or the"
            " journal of its zone files"
        ),
        "FORMERR": "the server does not understand the message (FORMERR)",
    }.get(rcode, f"the server refused it ({rcode}); its log may say why")


def _who(key: str | None) -> str:
    return f" the key {key}" if key else " a message without a signature"


def _allow(key: str | None, where: str) -> str:
    if key:
        return f"Name the key in {where}"
    return f"Set tsig_name and tsig_secret, and name that key in {where}"
