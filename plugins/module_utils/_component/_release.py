# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Helm releases as Helm records them: one Secret per revision, labelled with owner, name, status and version."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import typing as t
import zlib
from dataclasses import dataclass

# Recorded revisions that say nothing about the present: older ones, and those of an uninstalled release.
PAST = ("superseded", "uninstalled")
# A Helm process is at work, or was killed at work.
PENDING = ("pending-install", "pending-upgrade", "pending-rollback", "uninstalling")

_GZIP_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True)
class Release:
    """One recorded revision of a release; `manifest` is what its templates rendered to, without hooks.

    `written` is when Helm wrote the record, in seconds since 1970; `record` is the name of its Secret.
    """

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    version: str
    app_version: str
    written: int
    values: dict[str, t.Any]
    manifest: str
    record: str

    @property
    def deployed(self) -> bool:
        """Whether this revision was put in place completely."""
        return self.status == "deployed"

    @property
    def pending(self) -> bool:
        """Whether a Helm process is at work on it, or was killed at work."""
        return self.status in PENDING


def selector(name: str) -> str:
    """The label selector of the Secrets that matter for the release `name`."""
    return f"owner=helm,name={name},status notin ({','.join(PAST)})"


def decode(secret: dict[str, t.Any]) -> Release:
    """Read the Secret of one revision; ValueError when it does not hold what Helm 3 and 4 write.

    The payload is JSON, gzipped, in base64 (Helm), in base64 again (Kubernetes).
    """
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        text = gzip.decompress(packed) if packed.startswith(_GZIP_MAGIC) else packed
        data = json.loads(text)
        chart = data["chart"]["metadata"]
        return Release(
            name=data["name"],
            namespace=data["namespace"],
            revision=int(data["version"]),
            status=data["info"]["status"],
            chart=chart["name"],
            version=chart["version"],
            app_version=chart.get("appVersion", ""),
            written=_written(secret["metadata"].get("labels") or {}),
            values=data.get("config") or {},
            manifest=data.get("manifest", ""),
            record=secret["metadata"]["name"],
        )
    except (KeyError, TypeError, ValueError, OSError, EOFError, binascii.Error, zlib.error) as error:
        raise ValueError(f"its content is not what Helm writes ({type(error).__name__})") from error


def _written(labels: dict[str, str]) -> int:
    """When Helm last wrote a record, in seconds since 1970, by its own clock; 0 when the record does not say."""
    return max(int(labels.get(name) or 0) for name in ("createdAt", "modifiedAt"))


def newest(releases: t.Iterable[Release]) -> Release | None:
    """The revision that counts: the one with the highest number."""
    return max(releases, key=lambda release: release.revision, default=None)


def same_version(version: str, wanted: str) -> bool:
    """Whether two chart versions are one: Helm takes a leading v and leaves it in."""
    return version.removeprefix("v") == wanted.removeprefix("v")
