# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the one thing that Cilium's agent would do here and the lab cannot: it answers ARP.

Modelled: the node answers for the addresses of the pools with its own MAC, as the agent of the node that holds the
lease does. Not modelled: leases, the choice of the node, and the policies that say for which Services. So what a test
proves with it lies behind ARP: the addresses that the real LB-IPAM gave are reached, by the real kube-proxy.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from tests.lab.lab import Lab


@contextlib.contextmanager
def answering(lab: Lab, addresses: Sequence[str]) -> Iterator[None]:
    """Let the node answer for these addresses meanwhile."""
    for address in addresses:
        lab.exec("node1", ["ip", "address", "add", f"{address}/32", "dev", "lo"])
    try:
        yield
    finally:
        for address in addresses:
            lab.exec("node1", ["ip", "address", "delete", f"{address}/32", "dev", "lo"])
