# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options of a DNS server, from three places."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.network.plugins.module_utils._dns._options import CONNECTION_SPEC
from ansible_collections.homelab.network.plugins.plugin_utils.plan._connection import connection

ROLE = Path(__file__).resolve().parents[5] / "roles" / "dns_records" / "meta" / "argument_specs.yml"
BIND = {"name": "bind", "backend": "rfc2136", "url": "", "server": "192.0.2.2", "port": 53, "zones": ["home.arpa"]}


def test_what_is_nearer_to_the_server_goes_first() -> None:
    options = {"bind": {"tsig_algorithm": "hmac-sha512", "port": 5353}, "other": {"site": "x"}}
    secrets = {"bind": {"tsig_name": "homelab", "tsig_secret": "c2VjcmV0", "email": "me"}, "other": {"token": "x"}}
    assert connection({**BIND, "tsig_algorithm": "hmac-sha1"}, options, secrets) == {
        "backend": "rfc2136",
        "server": "192.0.2.2",
        "port": 5353,
        "tsig_algorithm": "hmac-sha512",
        "tsig_name": "homelab",
        "tsig_secret": "c2VjcmV0",
    }


def test_false_is_not_empty() -> None:
    options = {"bind": {"validate_certs": False, "ca_path": None}}
    found = connection(BIND, options, {})
    assert (found["validate_certs"], "ca_path" in found) == (False, False)


@pytest.mark.parametrize(
    ("backend", "key", "path"),
    [
        ("dnsmasq", "path", "/etc/dnsmasq.d/homelab-network.conf"),
        ("unifi", "ledger_path", "~/.local/state/homelab.network/router.json"),
    ],
)
def test_files_that_a_kind_cannot_be_without(backend: str, key: str, path: str) -> None:
    server = {"name": "router", "backend": backend}
    assert connection(server, {}, {})[key] == path
    assert connection(server, {"router": {key: "/x"}}, {})[key] == "/x"
    assert key not in connection(BIND, {}, {})


def test_secrets_stand_among_the_secrets_alone() -> None:
    for server, options in (({**BIND, "token": "hunter2-abc"}, {}), (BIND, {"bind": {"tsig_secret": "hunter2-abc"}})):
        with pytest.raises(ValueError, match=r"belongs into homelab_network_secrets\.bind") as caught:
            connection(server, options, {})
        assert "hunter2" not in str(caught.value)


def test_an_option_that_does_not_exist() -> None:
    with pytest.raises(
        ValueError, match=r'dns_records_options\.bind\.tsig_nmae is no option.* Did you mean "tsig_name"\?'
    ):
        connection(BIND, {"bind": {"tsig_nmae": "x"}}, {})


def test_a_server_of_no_plan() -> None:
    assert connection({}, {}, {}) == {}


def test_the_role_takes_every_option_that_is_no_secret() -> None:
    spec = yaml.safe_load(ROLE.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]["dns_records_server"]
    taken = {name: (option["type"], option.get("elements")) for name, option in spec["options"].items()}
    options = {
        name: (option["type"], option.get("elements"))
        for name, option in CONNECTION_SPEC.items()
        if not option.get("no_log")
    }
    assert options.items() <= taken.items()
