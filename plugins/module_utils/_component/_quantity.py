# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Quantities of Kubernetes (C(100m), C(1Gi), C(2)): one value has many spellings, and the API server stores its own.

Source: k8s.io/apimachinery, pkg/api/resource, the grammar in the comment of Quantity.
"""

from __future__ import annotations

import re
import typing as t
from decimal import Decimal, InvalidOperation

_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_GRAMMAR = re.compile(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(|[numkMGTPE]|[KMGTPE]i)")
# Only under these fields is a scalar a quantity: elsewhere C(1000m) and C(1) are two texts.
_FIELDS = re.compile(
    r"(^|\.)(limits|requests|capacity|hard|overhead|podFixed|default|defaultRequest|max|min)\.[^.]+$"
    r"|\.(divisor|sizeLimit|averageValue)$"
)


def same_quantity(first: t.Any, second: t.Any, path: str) -> bool:
    """Whether two scalars at `path` spell the same quantity."""
    if not _FIELDS.search(path):
        return False
    values = parse(first), parse(second)
    return values[0] is not None and values[0] == values[1]


def parse(value: t.Any) -> Decimal | None:
    """The number that a quantity stands for, None when it is no quantity."""
    match = _GRAMMAR.fullmatch(str(value))
    if not match:
        return None
    number, suffix = match.groups()
    try:
        if suffix in _BINARY:
            return Decimal(number) * 1024 ** _BINARY[suffix]
        return Decimal(number).scaleb(_DECIMAL[suffix])
    except InvalidOperation:
        return None
