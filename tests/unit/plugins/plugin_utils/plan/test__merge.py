# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parts of a plan in several variables."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._merge import Part

from .plans import checked, part


def test_a_service_has_a_file_of_its_own() -> None:
    found = checked(
        """
        homelab_network:
          lan: {router: 192.168.30.1}
          clusters: {home: {pools: {pinned: {addresses: [192.168.30.70], auto_assign: false}}}}
        homelab_network__plex: {entry_points: {plex: {service: media/plex, address: 192.168.30.70, names: []}}}
        homelab_network__nas: {lan: {devices: {nas: 192.168.30.20}}}
        """
    )
    assert found.problems == ()
    assert list(found.plan.entries) == ["plex"]
    assert [item.label for item in found.plan.singles] == ["lan.router", "lan.devices.nas", "entry_points.plex"]


def test_the_same_leaf_twice_names_both_places() -> None:
    one = Part("homelab_network", {"lan": {"router": "192.168.30.1"}}, {("lan", "router"): "all/network.yml:3"})
    two = Part("homelab_network__b", {"lan": {"router": "192.168.30.1"}}, {("lan", "router"): "all/b.yml:7"})
    (problem,) = check([one, two]).problems
    assert problem.message == (
        "lan.router is set in homelab_network (all/network.yml:3) and again in homelab_network__b (all/b.yml:7)."
    )
    assert problem.origins == ("all/network.yml:3", "all/b.yml:7")


def test_a_leaf_is_no_mapping() -> None:
    parts = [part("homelab_network", {"lan": {"devices": {"nas": "192.168.30.20"}}})]
    parts.append(part("homelab_network__b", {"lan": {"devices": {"nas": {"names": []}}}}))
    assert [problem.rule for problem in check(parts).problems] == ["set-twice"]


def test_lists_of_things_are_joined_and_know_their_places() -> None:
    record = {"name": "a.home.arpa", "type": "A", "value": "192.168.30.9"}
    one = Part("homelab_network", {"zone": "home.arpa", "dns": {"records": [record]}})
    two = Part(
        "homelab_network__b",
        {"dns": {"records": [{**record, "name": "b.home.arpa"}, {**record, "naem": "c.home.arpa"}]}},
        {("dns", "records", 1, "naem"): "all/b.yml:9"},
    )
    found = check([one, two])
    assert [item.name for item in found.plan.records] == ["a.home.arpa", "b.home.arpa", "a.home.arpa"]
    unknown = next(problem for problem in found.problems if problem.rule == "unknown-key")
    assert unknown.message == "dns.records[2].naem is no key of the plan."
    assert unknown.origins == ("all/b.yml:9",)


def test_an_empty_variable_is_an_empty_part() -> None:
    assert checked("homelab_network: {zone: home.arpa}\nhomelab_network__later:").problems == ()


def test_a_part_that_is_no_mapping() -> None:
    (problem,) = checked("homelab_network: {zone: home.arpa}\nhomelab_network__b: [1]").problems
    assert (
        problem.message == "The variable homelab_network__b cannot be read: it is a list where a mapping is expected."
    )


def test_a_template_that_fails_is_told_once() -> None:
    found = checked("homelab_network: {clusters: {home: {pools: {lan: {addresses: '{{ nowhere }}'}}}}}")
    assert [problem.message for problem in found.problems] == [
        "clusters.home.pools.lan.addresses cannot be evaluated: 'no_such_variable' is undefined."
    ]


def test_keys_of_the_user() -> None:
    assert (
        checked(
            "x_pool: &pool {addresses: [192.168.30.70]}\nclusters: {home: {x_note: 1, pools: {lan: *pool}}}"
        ).problems
        == ()
    )
