# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The words of all load balancers, for what is to be understood whichever of them a cluster has."""

from __future__ import annotations

from ._cilium_objects import CILIUM
from ._dialect import Dialect
from ._kube_vip_objects import KUBE_VIP
from ._metallb_objects import METALLB

DIALECTS: tuple[Dialect, ...] = (METALLB, CILIUM, KUBE_VIP)
