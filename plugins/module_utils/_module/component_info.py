# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the module C(component_info) does."""

from __future__ import annotations

import time
import typing as t
from dataclasses import asdict

from .._component._component import Drift, Found, Wanted, labels_of, namespace_reasons, release_reasons
from .._component._manifest import Ref
from .._component._reader import read
from .._component._release import Release
from .._component._workload import Workload
from .._kube import Kube

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SPEC: dict[str, t.Any] = {
    "components": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "namespace": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "chart_version": {"type": "str"},
            "values": {"type": "dict"},
            "namespace_labels": {"type": "dict", "default": {}},
        },
    },
}

Result = dict[str, t.Any]


def run_module(module: AnsibleModule) -> Result:
    """Read each component; nothing is ever written."""
    kube = Kube.connect(module)
    components = [_report(wanted, read(kube, wanted)) for wanted in map(_wanted, module.params["components"])]
    return {"changed": False, "components": components}


def _wanted(options: dict[str, t.Any]) -> Wanted:
    return Wanted(
        name=options["name"],
        namespace=options["namespace"],
        chart_version=options["chart_version"],
        values=options["values"],
        namespace_labels={key: str(value) for key, value in options["namespace_labels"].items()},
        present=options["state"] == "present",
    )


def _report(wanted: Wanted, found: Found) -> Result:
    in_namespace, in_release = namespace_reasons(wanted, found), release_reasons(wanted, found)
    reasons = [*in_namespace, *in_release, *map(str, found.drift)] if wanted.present else [*in_release, *in_namespace]
    return {
        "name": wanted.name,
        "current": not reasons,
        "reasons": reasons,
        "ready": bool(found.release) and all(workload.rolled_out for workload in found.workloads),
        "namespace": {
            "name": wanted.namespace,
            "exists": found.namespace is not None,
            "created": found.ours,
            "labels": labels_of(found.namespace),
            "current": not in_namespace,
            "mark": wanted.mark,
            "others": [_ref(other) for other in found.others],
        },
        "release": {**_release(found.release), "managed": found.managed(wanted), "current": not in_release},
        "workloads": [_workload(workload) for workload in found.workloads],
        "drift": [_drift(drift) for drift in found.drift],
        "remains": [_manifest(where) for where in found.remains],
    }


def _release(release: Release | None) -> Result:
    if release is None:
        return {"exists": False, "pending": False}
    return {
        "exists": True,
        "revision": release.revision,
        "status": release.status,
        "pending": release.pending,
        "deployed": release.deployed,
        "age": max(0, int(time.time() - release.written)),
        "chart": release.chart,
        "version": release.version,
        "app_version": release.app_version,
        "record": release.record,
    }


def _workload(workload: Workload) -> Result:
    return {**asdict(workload), "rolled_out": workload.rolled_out}


def _drift(drift: Drift) -> Result:
    return {**_ref(drift.ref), "missing": drift.missing, "paths": list(drift.paths), "manifest": drift.manifest}


def _ref(where: Ref) -> Result:
    return {**where._asdict()}


def _manifest(where: Ref) -> Result:
    """As much of an object as it takes to delete it."""
    scope = {"namespace": where.namespace} if where.namespace else {}
    return {"apiVersion": where.api_version, "kind": where.kind, "metadata": {"name": where.name, **scope}}
