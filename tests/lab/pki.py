# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys and certificates of the lab's API server, made by openssl; private to the lab and thrown away with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import topology
from .errors import LabError

_CONFIG = """[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = {names}
"""
_DNS_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local")
_ADDRESSES = (topology.API, topology.NODE, topology.API_SERVICE, "127.0.0.1")


def create(folder: Path) -> None:
    """Write ca.crt, the API server's server.crt and server.key, and sa.key, which signs service account tokens."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ", ".join([*(f"DNS:{name}" for name in _DNS_NAMES), *(f"IP:{address}" for address in _ADDRESSES)])
    (folder / "openssl.cnf").write_text(_CONFIG.format(names=names), encoding="ascii")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    request = f"req -x509 -config openssl.cnf -days 3650 {key}"
    authority = "-subj /CN=homelab-network-lab -extensions ca"
    server = "-subj /CN=kube-apiserver -extensions server -CA ca.crt -CAkey ca.key"
    _openssl(folder, f"{request} {authority} -keyout ca.key -out ca.crt")
    _openssl(folder, f"{request} {server} -keyout server.key -out server.crt")
    _openssl(folder, "ecparam -genkey -name prime256v1 -noout -out sa.key")


def _openssl(folder: Path, arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments.split()], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"openssl {arguments} failed in {folder}: {done.stderr.strip()}")
