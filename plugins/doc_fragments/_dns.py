# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

from __future__ import annotations


class ModuleDocFragment:
    # How a DNS server is reached; the twin of CONNECTION_SPEC in module_utils/_module/dns_record.py.
    DOCUMENTATION = r"""
options:
  backend:
    description:
      - What kind of server it is.
    type: str
    required: true
    choices:
      adguard_home:
        - AdGuard Home, v0.107.30 or newer, by the API of its web interface. Record sets are its DNS rewrites.
  url:
    description:
      - Where the API answers, for example V(http://192.168.1.2:3000). Required with O(backend=adguard_home).
      - It must not hold credentials and must be the URL that answers itself, without a redirect.
    type: str
  username:
    description:
      - The user to log in as; leave it out where the server asks for no login.
      - A task logs in once and logs out at its end. A login that was refused is not tried again.
    type: str
  password:
    description:
      - The password of O(username).
    type: str
  validate_certs:
    description:
      - Whether the certificate of an C(https) server must be valid.
    type: bool
    default: true
  ca_path:
    description:
      - A file with the certificates of the authorities to trust, instead of those that Python's C(requests) trusts.
    type: path
  timeout:
    description:
      - How many seconds to wait for the answer to one request. A connection is given up after at most 5 seconds.
    type: float
    default: 10.0
requirements:
  - requests (on the host that runs the module)
"""
