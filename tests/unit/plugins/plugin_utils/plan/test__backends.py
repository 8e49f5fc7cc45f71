# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan and the modules are of one opinion on what a DNS server can hold."""

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import TYPES
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS as ADAPTERS
from ansible_collections.homelab.network.plugins.plugin_utils.plan._backends import BACKENDS


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_plan_knows_what_the_adapter_can(name: str) -> None:
    can, adapter = BACKENDS[name], ADAPTERS[name].capabilities
    assert set(can.types) == set(adapter.types)
    assert set(can.wildcard) == set(adapter.wildcard_types)
    assert set(can.ttl) == set(adapter.ttl_types)
    assert can.wildcard_values == adapter.wildcard_multi_value


@pytest.mark.parametrize("name", BACKENDS)
def test_a_wildcard_has_no_type_that_an_exact_name_lacks(name: str) -> None:
    can = BACKENDS[name]
    assert set(can.wildcard) <= set(can.types) <= set(TYPES)
    assert set(can.ttl) <= set(TYPES)


def test_who_is_authoritative_holds_zones() -> None:
    assert all(can.zones for can in BACKENDS.values() if can.authoritative or can.flattens)
