# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials are checked by name; no problem ever repeats one."""

from __future__ import annotations

import pytest

from .plans import checked

PLAN = "homelab_network: {dns: {servers: {adguard: {backend: adguard_home, address: 192.168.30.45}}}}\n"


@pytest.mark.parametrize(
    ("secrets", "messages"),
    [
        ("{adguard: {username: me, password: correct-horse}}", []),
        ("{adguard: correct-horse}", []),
        (
            "{adguard: {password: hunter2}}",
            ["homelab_network_secrets.adguard.password is shorter than 8 characters."],
        ),
        (
            "{adguard: {password: 192.168.30.45}}",
            ["homelab_network_secrets.adguard.password is contained in a text of the plan."],
        ),
        ("{adguard: {password: 1234567}}", ["homelab_network_secrets.adguard.password is shorter than 8 characters."]),
        ("{adguard: {password: ''}}", ["homelab_network_secrets says nothing of dns.servers.adguard."]),
        ("{}", ["homelab_network_secrets says nothing of dns.servers.adguard."]),
        ("[]", ["homelab_network_secrets says nothing of dns.servers.adguard."]),
        ("{adguard: {password: '{{ nowhere }}'}}", ["homelab_network_secrets.adguard.password cannot be evaluated."]),
        (
            "{adguard: {tokens: [short, 'long enough', other]}}",
            [
                "homelab_network_secrets.adguard.tokens[0] is shorter than 8 characters.",
                "homelab_network_secrets.adguard.tokens[2] is shorter than 8 characters.",
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
    plan = PLAN.replace("backend: adguard_home", "backend: adguard_home, managed_by: external_dns")
    assert checked(f"{plan}homelab_network_secrets: {{}}").problems == ()


def test_a_missing_account_can_be_accepted() -> None:
    accept = (
        "homelab_network__accept: {accept: [{rule: secret-missing, path: dns.servers.adguard, reason: open to all}]}\n"
    )
    assert checked(f"{PLAN}{accept}homelab_network_secrets: {{}}").problems == ()
