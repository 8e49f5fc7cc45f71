# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The unpacked DNS servers, with fakes of apt-get and dpkg-deb."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.lab import build, unpacked
from tests.lab.errors import LabError, Stopped

# Models what is used of apt-get: `install --download-only` puts packages into Dir::Cache::archives when the lists are
# new, which they are when $FAKE_APT/new exists or `update` has filled Dir::State::lists. Notes its calls.
FAKE_APT_GET = r"""#!/bin/sh
for word; do
    case "$word" in
    Dir::Cache::archives=*) archives=${word#*=} ;;
    Dir::State::lists=*) lists=${word#*=} ;;
    install | update) verb=$word ;;
    esac
done
echo "$verb" >>"$FAKE_APT/calls"
if [ "$verb" = update ]; then echo new >"$lists/index"; exit; fi
[ -e "$FAKE_APT/new" ] || [ -e "$lists/index" ] || { echo "E: 404 Not Found"; exit 100; }
touch "$archives/bind9.deb" "$archives/pdns-server.deb"
"""

# Models `dpkg-deb --extract ARCHIVE FOLDER`.
FAKE_DPKG_DEB = r"""#!/bin/sh
mkdir -p "$3/usr/sbin" "$3/usr/lib/machine/pdns"
touch "$3/usr/sbin/$(basename "$2" .deb)" "$3/usr/lib/machine/libx.so.1"
"""


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in (("apt-get", FAKE_APT_GET), ("dpkg-deb", FAKE_DPKG_DEB)):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("FAKE_APT", str(tmp_path))
    monkeypatch.setenv("HOMELAB_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path


def calls(apt: Path) -> list[str]:
    return (apt / "calls").read_text(encoding="utf-8").split()


def test_the_packages_are_unpacked_once(apt: Path) -> None:
    (apt / "new").touch()
    said: list[str] = []
    assert list(unpacked.ensure(said.append)) == [unpacked.NAME]
    assert unpacked.ensure(said.append) == {}
    assert calls(apt) == ["install"]
    assert "unpacking bind9 knot" in said[0]
    assert unpacked.program("bind9").is_file()
    assert unpacked.environment() == {"LD_LIBRARY_PATH": str(unpacked.folder() / "usr/lib/machine")}
    assert unpacked.modules("pdns") == unpacked.folder() / "usr/lib/machine/pdns"
    assert list((apt / "cache" / "tmp").iterdir()) == []


def test_lists_that_are_too_old_are_loaded_anew_and_not_in_place(apt: Path) -> None:
    said: list[str] = []
    unpacked.ensure(said.append)
    assert calls(apt) == ["install", "update", "install"]
    assert "too old" in said[1]
    assert unpacked.program("pdns-server").is_file()


@pytest.mark.usefixtures("apt")
def test_what_is_missing_is_named_with_the_command_that_makes_it() -> None:
    with pytest.raises(LabError, match=r"named is not unpacked .*: python3 -m tests.lab.build dns-servers"):
        unpacked.program("named")
    with pytest.raises(LabError, match="has modules of pdns"):
        unpacked.modules("pdns")


def test_a_run_that_is_stopped_tries_nothing_more_and_leaves_nothing(apt: Path) -> None:
    cancel = threading.Event()
    (apt / "bin" / "apt-get").write_text('#!/bin/sh\necho "$$" >>"$FAKE_APT/calls"\nsleep 60\n', encoding="utf-8")
    timer = threading.Timer(0.2, cancel.set)
    timer.start()
    with pytest.raises(Stopped):
        unpacked.ensure(lambda _text: None, cancel)
    timer.join()
    assert len(calls(apt)) == 1
    assert not unpacked.folder().exists()


def test_the_builder_makes_them_and_removes_older_ones(apt: Path) -> None:
    (apt / "new").touch()
    assert unpacked.NAME in build.prepare([unpacked.NAME], lambda _text: None)
    older = unpacked.folder().with_name("dns-servers-000000000000")
    older.mkdir()
    build.prune(lambda _text: None)
    assert list(older.parent.iterdir()) == [unpacked.folder()]
