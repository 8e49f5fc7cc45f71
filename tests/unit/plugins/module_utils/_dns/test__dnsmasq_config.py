# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._dnsmasq_config import load, real, running


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return real(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration in several files."""
    main = f"""\
no-hosts
port = 5353 # why
conf-dir={tmp_path}/d/,*.conf
addn-hosts={tmp_path}/more
hostsdir="{tmp_path}/hosts"
"""
    write(tmp_path / "main", main)
    write(tmp_path / "d" / "a.conf", f"conf-file={tmp_path}/third\nhost-record=a.test,192.0.2.1\n")
    write(tmp_path / "d" / "b.bak", "bogus\n")
    write(tmp_path / "d" / ".hidden.conf", "bogus\n")
    write(tmp_path / "third", f"conf-file={tmp_path}/main\ncname=c.test,a.test\n")
    write(tmp_path / "more", "192.0.2.2 h.test # x\n")
    write(tmp_path / "hosts" / "x", "192.0.2.3 x.test\n")
    write(tmp_path / "hosts" / ".x", "192.0.2.4 hidden.test\n")
    return tmp_path


def test_every_file_is_followed_once(folder: Path) -> None:
    config = load(["-k", "--conf-file", f"{folder}/main", "--user=x"])
    assert [path.name for path in config.files] == ["main", "a.conf", "third"]
    assert {one.key: (one.value, path.name) for one, path in config.records} == {
        ("a.test", "A"): ("192.0.2.1", "a.conf"),
        ("c.test", "CNAME"): ("a.test", "third"),
        ("h.test", "A"): ("192.0.2.2", "more"),
        ("x.test", "A"): ("192.0.2.3", "x"),
    }
    assert config.values("port") == ["5353"]
    assert config.watched == [real(folder / "hosts")]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("d/new.conf", True),
        ("main", True),
        ("d/new", False),
        ("d/.new.conf", False),
        ("d/x.conf~", False),
        ("n", False),
    ],
)
def test_a_file_that_is_not_there_yet_would_be_read(folder: Path, name: str, read: bool) -> None:
    assert load([f"--conf-file={folder}/main"]).reads(real(folder / name)) is read


@pytest.mark.parametrize(
    "arguments", [["-C{}/none", "-7", "{}/d,.bak"], ["--conf-file={}/none", "--conf-dir={}/d,.bak"]]
)
def test_folders_of_the_command_line_and_their_exceptions(folder: Path, arguments: list[str]) -> None:
    config = load([word.format(folder) for word in arguments])
    assert config.reads(real(folder / "d" / "any"))
    assert not config.reads(real(folder / "d" / "any.bak"))
    assert ("a.test", "A") in {one.key for one, dummy in config.records}


def test_no_dnsmasq_reads_a_file_of_this_test(tmp_path: Path) -> None:
    assert running(tmp_path / "x.conf") is None
