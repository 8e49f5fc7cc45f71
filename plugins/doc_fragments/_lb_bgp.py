# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Options of BGP."""

from __future__ import annotations


class ModuleDocFragment:
    """Doc fragment `homelab.network._lb_bgp`."""

    DOCUMENTATION = r"""
options:
  bgp:
    description:
      - What BGP needs besides the pools, which is the cluster's own system, its peers, and what these refer to.
      - With O(state=present) what is not given stays; with O(state=exact) what this collection has made and is not
        given is removed, also when this option is left out; with O(state=absent) what is given is removed.
      - Cilium keeps all peers in one object, which holds exactly those given.
    type: dict
    suboptions:
      asn:
        description:
          - Number of the cluster's own autonomous system, from V(1) to V(4294967295). Needed as soon as there is a
            peer.
        type: int
      peers:
        description: The routers to speak to.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the peer, and of the object that makes it.
            type: str
            required: true
          address:
            description: Its address, IPv4 or IPv6.
            type: str
            required: true
          asn:
            description: Number of its autonomous system; the same as O(bgp.asn) makes the session an internal one.
            type: int
            required: true
          port:
            description: The TCP port that it listens on. MetalLB takes none above 16384.
            type: int
            default: 179
          hold_time:
            description:
              - Seconds without a message after which the session counts as broken; V(0) for never, else at least
                V(3). Cilium has no V(0).
            type: int
          keepalive_time:
            description:
              - Seconds between two keepalive messages, at most a third of O(bgp.peers[].hold_time), which is also
                the default.
            type: int
          connect_time:
            description: Seconds between two attempts to connect.
            type: int
          ebgp_multihop:
            description: Whether the peer may be more than one hop away. Only for a peer of another autonomous system.
            type: bool
            default: false
          graceful_restart:
            description:
              - Whether routes outlive a restart of the speaker. MetalLB makes the peer anew when this is changed.
            type: bool
            default: false
          source_address:
            description: Local address of the session. Not with Cilium, where it differs from node to node.
            type: str
          password_secret:
            description:
              - Name of the Secret with the password of the session, which has to be there already. For MetalLB it
                stands in its
                namespace and is of type C(kubernetes.io/basic-auth); for Cilium it has the key C(password) and
                stands in
                C(kube-system), or in what the chart calls C(bgpControlPlane.secretsNamespace).
            type: str
          nodes:
            description:
              - Nodes that speak to the peer; all of them when left out. With Cilium, two peers have either the same
                nodes or none
                in common.
            type: list
            elements: str
          bfd_profile:
            description: Name of one of O(bgp.bfd_profiles), which finds a broken link within a second. Not with Cilium.
            type: str
      bfd_profiles:
        description: Settings of Bidirectional Forwarding Detection (RFC 5880). Not with Cilium.
        type: list
        elements: dict
        suboptions:
          name:
            description: Name of the profile.
            type: str
            required: true
          receive_interval:
            description:
              - Milliseconds between two packets that can be received, from V(10) to V(60000); FRR's own is 300.
            type: int
          transmit_interval:
            description: Milliseconds between two packets that are sent, from V(10) to V(60000); FRR's own is 300.
            type: int
          echo_interval:
            description: Milliseconds between two echo packets, from V(10) to V(60000); FRR's own is 50.
            type: int
          detect_multiplier:
            description: How many packets have to be missing, from V(2) to V(255); FRR's own is 3.
            type: int
          minimum_ttl:
            description: Least time to live of packets over several hops, from V(1) to V(254); FRR's own is 254.
            type: int
          echo_mode:
            description: Whether to send echo packets, which only works over one hop and with IPv4.
            type: bool
            default: false
          passive_mode:
            description: Whether to wait until the peer begins.
            type: bool
            default: false
      communities:
        description: Names for BGP communities.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name.
            type: str
            required: true
          value:
            description: The community, as C(64512:100) or C(large:64512:1:100).
            type: str
            required: true
"""
