# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever stands in the variables: problems, and never a traceback. What follows from the rest is still worked out."""

from __future__ import annotations

import json
import random
import typing as t

from ansible_collections.homelab.network.plugins.plugin_utils.plan import _containers, _nodes
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._checks import checks
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._registry import BY_NAME
from ansible_collections.homelab.network.plugins.plugin_utils.plan._schema import PLAN
from ansible_collections.homelab.network.plugins.plugin_utils.plan._secrets import VARIABLE
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results
from ansible_collections.homelab.network.plugins.plugin_utils.plan._table import Seen, table
from ansible_collections.homelab.network.plugins.plugin_utils.plan._text import numbered
from hypothesis import given
from hypothesis import strategies as st

from .effort import effort
from .orders import found, shuffled
from .plans import part

WORDS = ["a", "b", "node", "lan", "kube_vip", "lan.devices.a", "entry_points.b", "clusters.a.api", "home.arpa"]
ADDRESSES = [
    "192.168.1.5",
    "192.168.1.60",
    "192.168.1.61",
    "192.168.1.255",
    "192.168.2.5",
    "fd00::5",
    "fd00::60",
    "dhcp",
]
RANGES = [
    *("192.168.1.60-192.168.1.70", "192.168.1.0/24", "192.168.1.64/28", "192.168.1.65/28", "192.168.1.9-192.168.1.1"),
    *("fd00::/64", "fd00::60-fd00::ff", "0.0.0.0/0", "::/0", "192.168.1.5"),
]
NAMES = ["a.home.arpa", "*.home.arpa", "home.arpa", "x.example.org", "1.168.192.in-addr.arpa", "a_b.home.arpa", "a..b"]
TEXTS = [*WORDS, *ADDRESSES, *RANGES, *NAMES, "a/b:80", "metallb", ""]

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(TEXTS)
KEYS = (
    st.text(max_size=4) | st.booleans() | st.integers() | st.none() | st.sampled_from(["a", "b", "x_y", *PLAN.fields])
)
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
ASSIGNED = {"a": {"a/b": ["192.168.1.66"]}}

_LEAVES: dict[type, t.Callable[[t.Any], st.SearchStrategy[t.Any]]] = {
    _nodes.Choice: lambda node: st.sampled_from(node.words),
    _nodes.Flag: lambda _node: st.booleans(),
    _nodes.Whole: lambda node: st.integers(node.low, node.high),
    _nodes.Single: lambda _node: st.sampled_from(ADDRESSES),
    _nodes.Span: lambda _node: st.sampled_from(RANGES),
    _nodes.Name: lambda _node: st.sampled_from(NAMES),
    _nodes.Service: lambda _node: st.sampled_from(["a/b:80", "a/b", "c/d:443", "c/d:8080"]),
    _nodes.Text: lambda _node: st.sampled_from(WORDS),
}


def values(node: _nodes.Node, rarely: int) -> st.SearchStrategy[t.Any]:
    """Values of the right shape for a node; one in so many is junk."""
    return st.one_of(*[_shaped(node, rarely)] * rarely, JUNK) if rarely else _shaped(node, rarely)


def _shaped(node: _nodes.Node, rarely: int) -> st.SearchStrategy[t.Any]:
    if isinstance(node, _containers.Record):
        fields = {key: values(child, rarely) for key, child in node.fields.items()}
        whole: st.SearchStrategy[t.Any] = st.fixed_dictionaries({}, optional=fields)
        return whole | fields[node.short] if node.short else whole
    if isinstance(node, _containers.MapOf):
        keys = st.sampled_from(NAMES if isinstance(node.key, _nodes.Name) else ["a", "b", "c", "node"])
        return st.dictionaries(keys, values(node.item, rarely), max_size=3)
    if isinstance(node, _containers.ListOf):
        return st.lists(values(node.item, rarely), max_size=3) | values(node.item, rarely)
    return _LEAVES[type(node)](node)


def plans(rarely: int) -> st.SearchStrategy[t.Any]:
    """Whole plans whose main parts are there."""
    parts = {key: values(node, rarely) for key, node in PLAN.fields.items()}
    main = {key: parts.pop(key) for key in ("zones", "lan", "clusters", "entry_points", "dns")}
    return st.fixed_dictionaries(main, optional=parts)


def everything(plan: t.Any, other: t.Any, secrets: t.Any) -> None:
    """Check a plan, and make all that is made of one."""
    found = check([part("homelab_network", plan), part("homelab_network__other", other)], part(VARIABLE, secrets))
    assert all(problem.rule in BY_NAME and problem.message and problem.fix for problem in found.problems)
    assert len(numbered(found.problems)) == len(found.problems)
    json.dumps(results(found), default=str)
    probe, client = (checks(found.plan, vantage, ASSIGNED) for vantage in ("probe", "client"))
    seen = [Seen("probe", "probe", results=[{**item, "status": "ok"} for item in probe]), Seen("laptop", "client")]
    json.dumps(table(found.plan, seen, {"a": [{"service": "a/b", "status": "assigned", "assigned": []}]}), default=str)
    assert isinstance(client, list)


@effort(150)
@given(plans(rarely=0))
def test_random_values_of_the_right_shape(plan: t.Any) -> None:
    everything(plan, {}, {})


@effort(100)
@given(plans(rarely=0), st.randoms(use_true_random=True))
def test_the_order_of_keys_makes_no_other_problem(plan: t.Any, chance: random.Random) -> None:
    before, after = (check([part("homelab_network", value)]) for value in (plan, shuffled(plan, chance)))
    assert found(before) == found(after)


@effort(100)
@given(plans(rarely=20), JUNK, JUNK)
def test_junk_at_every_level(plan: t.Any, other: t.Any, secrets: t.Any) -> None:
    everything(plan, other, secrets)


@effort(200)
@given(JUNK, JUNK, JUNK)
def test_junk_alone(plan: t.Any, other: t.Any, secrets: t.Any) -> None:
    everything(plan, other, secrets)


def test_a_container_that_holds_itself() -> None:
    plan: dict[str, t.Any] = {"lan": {}}
    plan["lan"]["devices"] = plan
    found = check([part("homelab_network", plan)])
    assert "not-evaluated" in {problem.rule for problem in found.problems}


def test_a_number_that_cannot_be_printed() -> None:
    found = check([part("homelab_network", {"lan": {"router": 16**5000}})])
    assert [problem.message for problem in found.problems] == [
        "lan.router: a very long number stands where an address is expected."
    ]
