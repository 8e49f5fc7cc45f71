# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: component_info
short_description: Compare what a Helm release should be with what a cluster runs
version_added: 1.0.0
author: homelab.network contributors (@homelab-network)
description:
  - Reads the namespace, the Helm release, its workloads, and each object of the release's own manifest, in one task
    and with one list per kind of object, and says what would have to be done and why.
  - Finds what was altered by hand. An object differs when a field that the manifest sets has another value in the
    cluster. Fields that the manifest does not set are left alone, and so are those that controllers write
    (C(status), C(caBundle) of webhooks, what a Secret holds).
  - Starts no Helm process. Values are compared inside the module and never returned.
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_k8s
requirements:
  - python >= 3.9
  - kubernetes >= 24.2.0
  - PyYAML >= 3.11
options:
  components:
    description: The components to read.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the Helm release.
        type: str
        required: true
      namespace:
        description: Namespace of the Helm release.
        type: str
        required: true
      state:
        description: Whether the component should be there; RV(components[].reasons) depends on it.
        type: str
        choices: [present, absent]
        default: present
      chart_version:
        description: Version that the chart should have. Not compared when left out.
        type: str
      values:
        description:
          - Values that the release should have, all that the user gives and none of the chart's defaults.
            Not compared when left out.
          - Set C(no_log) on the task when they hold secrets, as Ansible prints the options of a task with C(-vvv).
        type: dict
      namespace_labels:
        description: Labels that the namespace should have beside others.
        type: dict
        default: {}
seealso:
  - module: kubernetes.core.helm
  - module: kubernetes.core.helm_info
"""

EXAMPLES = r"""
- name: See whether MetalLB is as it should be
  homelab.network.component_info:
    components:
      - name: metallb
        namespace: metallb-system
        chart_version: 0.16.1
        values:
          frrk8s:
            enabled: false
        namespace_labels:
          pod-security.kubernetes.io/enforce: privileged
  register: metallb

- name: Show what is not
  ansible.builtin.debug:
    var: metallb.components[0].reasons
"""

RETURN = r"""
components:
  description: The components, in the order in which they were given.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the Helm release.
      type: str
      returned: always
    current:
      description: Whether nothing has to be done.
      type: bool
      returned: always
    reasons:
      description: What has to be done, one sentence for each difference.
      type: list
      elements: str
      returned: always
      sample: ["DaemonSet metallb-system/metallb-speaker is missing"]
    ready:
      description: Whether the release exists and all its workloads are rolled out.
      type: bool
      returned: always
    namespace:
      description: The namespace.
      type: dict
      returned: always
      contains:
        name:
          description: Its name.
          type: str
          returned: always
        exists:
          description: Whether it exists.
          type: bool
          returned: always
        created:
          description: Whether this collection has made it, which a label of the namespace says.
          type: bool
          returned: always
        labels:
          description: Its labels.
          type: dict
          returned: always
        current:
          description: Whether it has nothing to be done to it.
          type: bool
          returned: always
        mark:
          description: The annotation by which the namespace says that the release is managed by this collection.
          type: str
          returned: always
        others:
          description:
            - What keeps a namespace that this collection has made from being removed, as C(api_version), C(kind),
              C(namespace) and C(name). Only read when O(components[].state=absent).
          type: list
          elements: dict
          returned: always
    release:
      description: The newest revision of the Helm release that is not superseded.
      type: dict
      returned: always
      contains:
        exists:
          description: Whether there is one.
          type: bool
          returned: always
        managed:
          description: Whether the namespace says that the release is managed by this collection.
          type: bool
          returned: always
        current:
          description: Whether Helm has nothing to do. Objects that were altered by hand are in RV(components[].drift).
          type: bool
          returned: always
        revision:
          description: Number of the revision.
          type: int
          returned: when the release exists
        status:
          description: Status as Helm says it, such as V(deployed), V(failed) or V(pending-upgrade).
          type: str
          returned: when the release exists
        deployed:
          description: Whether the status is V(deployed).
          type: bool
          returned: when the release exists
        pending:
          description: Whether a Helm process is at work on it, or was killed at work.
          type: bool
          returned: always
        age:
          description: Seconds since Helm last wrote the revision.
          type: int
          returned: when the release exists
        chart:
          description: Name of the chart.
          type: str
          returned: when the release exists
        version:
          description: Version of the chart.
          type: str
          returned: when the release exists
        app_version:
          description: Version of the application, as the chart says it.
          type: str
          returned: when the release exists
        record:
          description: Name of the Secret in which Helm keeps the revision.
          type: str
          returned: when the release exists
    workloads:
      description: The Deployments, DaemonSets and StatefulSets of the release that exist.
      type: list
      elements: dict
      returned: always
      contains:
        kind:
          description: Its kind.
          type: str
          returned: always
        namespace:
          description: Its namespace.
          type: str
          returned: always
        name:
          description: Its name.
          type: str
          returned: always
        wanted:
          description: Number of pods that it wants.
          type: int
          returned: always
        updated:
          description: Number of pods that have its newest template.
          type: int
          returned: always
        ready:
          description: Number of pods that are ready.
          type: int
          returned: always
        observed:
          description: Whether its controller has seen its newest template.
          type: bool
          returned: always
        rolled_out:
          description: Whether every pod has the newest template and is ready.
          type: bool
          returned: always
    drift:
      description: Objects of the release that are missing or differ from what the release says.
      type: list
      elements: dict
      returned: always
      contains:
        api_version:
          description: Its API version.
          type: str
          returned: always
        kind:
          description: Its kind.
          type: str
          returned: always
        namespace:
          description: Its namespace; empty for an object outside namespaces.
          type: str
          returned: always
        name:
          description: Its name.
          type: str
          returned: always
        missing:
          description: Whether it does not exist.
          type: bool
          returned: always
        paths:
          description: The fields that differ.
          type: list
          elements: str
          returned: always
          sample: ["spec.template.spec.containers[controller].args"]
        manifest:
          description: The object as the release says, to be applied. Empty for a Secret that holds something.
          type: dict
          returned: always
    remains:
      description:
        - Objects of the release that exist, as far as C(state=absent) of M(kubernetes.core.k8s) has to know them.
          Only filled when O(components[].state=absent).
      type: list
      elements: dict
      returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..module_utils._errors import run
from ..module_utils._module.component_info import SPEC, run_module


def main() -> None:
    """Read the components and say what differs."""
    module = AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **SPEC}, supports_check_mode=True)
    run(module, run_module)


if __name__ == "__main__":
    main()
