# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _delegate_files
from ansible_collections.homelab.network.plugins.module_utils._resolved._delegate_files import (
    DelegateFile,
    drop_ins,
    read_all,
    strays,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import MARK

GOOD = "[Delegate]\nDNS=192.0.2.1\nDomains=~home.arpa lab.example.org ~.\nDomains=~_x.test\n"


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    """The directory of the administrator, and one below it."""
    high, low = tmp_path / "etc", tmp_path / "usr"
    monkeypatch.setattr(_delegate_files, "DIRECTORY", str(high))
    monkeypatch.setattr(_delegate_files, "LOWER_DIRECTORIES", (str(low),))
    high.mkdir(mode=0o755)
    return high, low


def test_the_first_directory_wins(folders: tuple[Path, Path]) -> None:
    high, low = folders
    low.mkdir()
    (high / "home.dns-delegate").write_text(f"{MARK}\n{GOOD}")
    (low / "home.dns-delegate").write_text(GOOD)
    (low / "masked.dns-delegate").write_text(GOOD)
    (high / "masked.dns-delegate").symlink_to("/dev/null")
    (high / "dangling.dns-delegate").symlink_to("/nowhere")
    (high / ".hidden.dns-delegate").touch()
    dangling, home, masked = read_all()
    assert (home.path, home.managed, home.masked) == (str(high / "home.dns-delegate"), True, False)
    assert home.domains == ("_x.test", "home.arpa", "lab.example.org")
    assert (masked.path, masked.managed, masked.masked) == (str(high / "masked.dns-delegate"), False, True)
    assert (dangling.name, dangling.text, dangling.target) == ("dangling", None, "/nowhere")


def test_what_lies_beside_them(folders: tuple[Path, Path]) -> None:
    high, low = folders
    assert (read_all(), strays(), drop_ins()) == ([], [], [])
    (high / "home.conf").touch()
    (high / ".homelab-network").touch()
    (high / "home.dns-delegate.d").mkdir()
    (high / "home.dns-delegate.d/x.conf").touch()
    (high / "home.dns-delegate.d/x.txt").touch()
    (low / "other.dns-delegate.d").mkdir(parents=True)
    (low / "other.dns-delegate.d/y.conf").touch()
    (low / "home.dns-delegate").touch()
    assert read_all()[0].drop_ins == (str(high / "home.dns-delegate.d/x.conf"),)
    assert strays() == [str(high / "home.conf")]
    assert drop_ins() == [str(high / "home.dns-delegate.d/x.conf"), str(low / "other.dns-delegate.d/y.conf")]


@pytest.mark.parametrize(
    ("file", "version", "says"),
    [
        (DelegateFile("/etc/x.dns-delegate", GOOD, 0o644, 0o755), 257, "systemd 257 reads no delegate files"),
        (DelegateFile("/etc/x.dns-delegate", GOOD, 0o600, 0o755), 258, "its mode is 0600"),
        (DelegateFile("/etc/x.dns-delegate", GOOD, 0o644, 0o700), 258, "0700. chmod 755 /etc"),
        (DelegateFile("/etc/x.dns-delegate", "[Delegate\n", 0o644, 0o755), 258, "it has no line [Delegate]"),
        (DelegateFile("/etc/x.dns-delegate", GOOD + "Domains=a..b", 0o644, 0o755), 258, "'a..b' has an empty label"),
        (DelegateFile("/etc/x.dns-delegate", GOOD, 0o644, 0o755, "/srv/x"), 258, "it links to /srv/x, where user"),
        (DelegateFile("/etc/x.dns-delegate", GOOD, 0o644, 0o755, "", ("/etc/y",)), 258, "/etc/y spoils it, or systemd"),
        (DelegateFile("/etc/x.dns-delegate", GOOD, 0o644, 0o755), 258, "systemd-resolved has not read its files since"),
        (DelegateFile("/etc/x.dns-delegate", None, 0o644, 0o755), 258, "systemd-resolved has not read its files since"),
    ],
)
def test_why_a_file_is_not_loaded(file: DelegateFile, version: int, says: str) -> None:
    assert says in file.fault(version)
