# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials are checked by name; no problem ever repeats one."""

from __future__ import annotations

import pytest

from .plans import checked

PLAN = "homelab_network: {dns: {servers: {pihole: {backend: pihole, address: 192.168.30.45}}}}\n"


@pytest.mark.parametrize(
    ("secrets", "messages"),
    [
        ("{pihole: {username: me, password: correct-horse}}", []),
        ("{pihole: correct-horse}", []),
        (
            "{pihole: {password: hunter2}}",
            ["homelab_network_secrets.pihole.password is shorter than 8 characters."],
        ),
        (
            "{pihole: {password: 192.168.30.45}}",
            ["homelab_network_secrets.pihole.password is contained in a text of the plan."],
        ),
        ("{pihole: {password: 1234567}}", ["homelab_network_secrets.pihole.password is shorter than 8 characters."]),
        ("{pihole: {password: ''}}", ["homelab_network_secrets says nothing of dns.servers.pihole."]),
        ("{}", ["homelab_network_secrets says nothing of dns.servers.pihole."]),
        ("[]", ["homelab_network_secrets says nothing of dns.servers.pihole."]),
        ("{pihole: {password: '{{ nowhere }}'}}", ["homelab_network_secrets.pihole.password cannot be evaluated."]),
        (
            "{pihole: {tokens: [short, 'long enough', other]}}",
            [
                "homelab_network_secrets.pihole.tokens[0] is shorter than 8 characters.",
                "homelab_network_secrets.pihole.tokens[2] is shorter than 8 characters.",
            ],
        ),
    ],
)
def test_what_is_told(secrets: str, messages: list[str]) -> None:
    found = checked(f"{PLAN}homelab_network_secrets: {secrets}").problems
    assert [problem.message for problem in found] == messages
    for text in ("hunter2", "1234567", "short,"):
        assert all(text not in f"{problem.to_dict()}" for problem in found)


def test_what_others_write_needs_no_account() -> None:
    plan = PLAN.replace("backend: pihole", "backend: pihole, managed_by: external_dns")
    assert checked(f"{plan}homelab_network_secrets: {{}}").problems == ()


def test_a_missing_account_can_be_accepted() -> None:
    accept = (
        "homelab_network__accept: {accept: [{rule: secret-missing, path: dns.servers.pihole, reason: open to all}]}\n"
    )
    assert checked(f"{PLAN}{accept}homelab_network_secrets: {{}}").problems == ()
