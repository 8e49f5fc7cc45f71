# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The rules that are found while a plan is read."""

from __future__ import annotations

from ._rule import Rule

RULES = (
    Rule(
        "wrong-type",
        "Every key has a type. YAML reads some unquoted texts as booleans, numbers or dates.",
        "lan: 192.168.30.0/24",
    ),
    Rule(
        "unknown-key",
        "A misspelt key would be passed over in silence. Keys that begin with x_ are the user's own.",
        "lan: {subnet: [192.168.30.0/24]}",
    ),
    Rule("missing-key", "Without it nothing can be worked out.", "clusters: {home: {pools: {lan: {}}}}"),
    Rule("unknown-value", "The key takes a few words only.", "clusters: {home: {load_balancer: metalb}}"),
    Rule(
        "text-form",
        "The text becomes a name of something else, which allows no other form.",
        'issuers: {"a b": {kind: acme}}',
    ),
    Rule(
        "conflicting-keys",
        "The keys say the same thing in two ways.",
        "lan: {devices: {ns: 192.168.30.2}}\n"
        "dns: {servers: {ns: {backend: rfc2136, at: lan.devices.ns, address: 192.168.30.3}}}",
    ),
    Rule("key-not-text", "YAML reads the keys on, off, yes and no as booleans.", "lan: {devices: {on: 192.168.30.2}}"),
    Rule("not-quoted", "YAML reads an address as a number.", "lan: {router: 2001:1:2:3:4:5:6:7}"),
    Rule("address-text", "It is no address and no range.", "lan: {router: 192.168.30.256}"),
    Rule("host-bits", "A block begins at its boundary: 240/29 is .240 to .247.", "lan: {subnets: [192.168.30.1/24]}"),
    Rule("reversed-range", "A range begins with its lower end.", "lan: {dhcp: [192.168.30.254-192.168.30.81]}"),
    Rule(
        "name-text",
        "RFC 1035 and RFC 1123 limit what a name can hold; IDNA (RFC 3490) widens it.",
        "zone: home_arpa..x",
    ),
    Rule("service-text", "A Service is named by its namespace and its name.", "entry_points: {plex: {service: plex}}"),
    Rule(
        "set-twice",
        "Two parts of the plan say the same thing; which one holds would be chance.",
        "homelab_network: {lan: {router: 192.168.30.1}}\nhomelab_network__lan: {lan: {router: 192.168.30.254}}",
    ),
    Rule(
        "not-evaluated",
        "A template in the plan fails, often because a variable is not defined.",
        "homelab_network: {zone: '{{ no_such_variable }}'}",
    ),
)
