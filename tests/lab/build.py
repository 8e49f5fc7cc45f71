# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what the lab needs into its cache: programs and files of Go modules, host trees, Debian packages."""

from __future__ import annotations

import argparse
import functools
import itertools
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from . import cache, command, golang, lockfile, packages, trees, unpacked
from .errors import LabError
from .together import together

Times = dict[str, float]

# Two at a time: while one links or downloads, which keeps one processor busy or none, the other compiles.
LANES = 2


def prepare(names: Iterable[str] = ("core",), progress: cache.Progress = print) -> Times:
    """Make all that is missing of what the names stand for, and tell how many seconds each thing took.

    A name is a set ("core", "all"), a program, an asset, a Debian suite or "dns-servers". A set includes the host
    trees and the packages of the machine; "all" also the DNS servers. These are made while Go builds.
    """
    names = list(names)
    whole = not set(lockfile.SETS).isdisjoint(names)
    suites = [suite for suite in trees.SUITES if whole or suite in names]
    others = (*trees.SUITES, unpacked.NAME)
    items = lockfile.load().select([name for name in names if name not in others])
    times: Times = {}
    if whole:
        started = time.monotonic()
        packages.ensure(progress=progress)
        times["packages"] = time.monotonic() - started
    cancel = threading.Event()
    jobs = [lambda: build(items, progress, cancel), lambda: trees.ensure(suites, progress, cancel)]
    if not {"all", unpacked.NAME}.isdisjoint(names):
        jobs.append(lambda: unpacked.ensure(progress, cancel))
    for made in together(jobs, cancel):
        times |= made
    return times


def build(items: list[lockfile.Item], progress: cache.Progress, cancel: threading.Event) -> Times:
    """Build the missing ones of the items; two processes never build at the same time.

    The module and build caches lie in the cache's tmp folder. They are removed when everything is built; when
    something is not, they stay, so that the next run goes on where this one ended.
    """
    if not cache.missing(items):
        return {}
    with cache.locked("build", progress, cancel):
        todo = cache.missing(items)
        if not todo:
            return {}
        workshop = Workshop.open(progress, cancel)
        numbers = itertools.count(1)
        times: Times = {}

        def lane(items: list[lockfile.Item]) -> None:
            """The items of one module, one after the other: they share most packages, which are then compiled once."""
            for item in items:
                times[item.name] = _one(workshop, item, f"[{next(numbers)}/{len(todo)}]", progress, cancel)

        modules: dict[str, list[lockfile.Item]] = {}
        for item in todo:
            modules.setdefault(item.module.name, []).append(item)
        together([functools.partial(lane, items) for items in modules.values()], cancel, LANES)
        cache.remove(workshop.folder)
        return times


@dataclass(frozen=True)
class Workshop:
    """Where Go builds: the folder of its caches, its environment, and the version that a wrapper's go.mod names."""

    folder: Path
    env: dict[str, str]
    go: str

    @classmethod
    def open(cls, progress: cache.Progress, cancel: threading.Event) -> Workshop:
        """Find Go and make the folders; the caches of an interrupted build are taken over, its temporary files go."""
        needs = lockfile.load().go
        folder = cache.root() / "tmp" / "go-build"
        cache.remove(folder / "tmp")
        go = golang.find(needs["minimum"], needs["wheel"], progress, cancel)
        return cls(folder, golang.environment(go, folder), needs["minimum"])

    def program(self, program: lockfile.Program, made: Path, run: Callable[..., None]) -> None:
        """Build one program."""
        # No debugging information: the compiler need not make what the linker would drop.
        flags = ["-tags", ",".join(program.tags), "-gcflags", "all=-dwarf=false", "-ldflags", program.ldflags]
        wrapper = self._wrapper(program.module)
        package = program.package
        if program.source:
            package = f"./{program.name}"
            cache.remove(wrapper / program.name)
            (wrapper / program.name).mkdir()
            for name, text in program.files.items():
                (wrapper / program.name / name).write_text(text, encoding="utf-8")
        run(["go", "build", *flags, "-o", str(made / program.filename), package], cwd=wrapper, env=self.env)

    def asset(self, asset: lockfile.Asset, made: Path, run: Callable[..., None]) -> None:
        """Copy an asset out of its module."""
        run(["go", "mod", "download", asset.module.query], cwd=self._wrapper(asset.module), env=self.env)
        module = golang.unpacked(Path(self.env["GOMODCACHE"]), asset.module)
        target = made / asset.filename
        if asset.join:
            parts = [(module / part).read_text(encoding="utf-8") for part in asset.join]
            target.write_text("---\n".join(parts), encoding="utf-8")
        elif (module / asset.path).is_dir():
            shutil.copytree(module / asset.path, target, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(module / asset.path, target)

    def _wrapper(self, module: lockfile.Module) -> Path:
        """A main module of our own around a module: only a main module may replace others."""
        folder = self.folder / "wrapper" / module.name
        folder.mkdir(parents=True, exist_ok=True)
        lines = [f"module {module.name}.lab.invalid", f"go {self.go}", f"require {module.path} v{module.version}"]
        lines += [f"replace {line}" for line in module.replace]
        (folder / "go.mod").write_text("\n".join([*lines, ""]), encoding="utf-8")
        return folder


def _one(
    workshop: Workshop, item: lockfile.Item, number: str, progress: cache.Progress, cancel: threading.Event
) -> float:
    """Build one item into the cache; the seconds that it took."""
    started = time.monotonic()
    label = f"{number} {item.name} {item.module.version}"
    log = cache.root() / "logs" / f"{item.name}.log"
    run = functools.partial(
        command.run,
        f"building {item.name} {item.module.version}",
        log=log,
        alive=lambda seconds: progress(f"{label} building … {seconds:.0f} s"),
        cancel=cancel,
    )
    progress(f"{label} building …")
    with cache.scratch(item.name) as made:
        make = workshop.program if isinstance(item, lockfile.Program) else workshop.asset
        make(item, made, run)
        cache.publish(made, cache.folder(item))
    seconds = time.monotonic() - started
    progress(f"{label} built in {seconds:.0f} s")
    return seconds


def prune(progress: cache.Progress = print) -> None:
    """Remove what the lock file no longer stands for, and the remains of broken builds."""
    lock = lockfile.load()
    keep = {cache.folder(item) for item in lock.items.values()} | {trees.folder(suite) for suite in trees.SUITES}
    keep |= {golang.wheel_folder(lock.go["wheel"]), unpacked.folder()}
    with cache.locked("build", progress), cache.locked("trees", progress), cache.locked("unpacked", progress):
        for kind in ("programs", "assets", "trees", "unpacked", "go", "tmp"):
            for path in sorted((cache.root() / kind).glob("*")):
                if path not in keep:
                    progress(f"removing {path}")
                    cache.remove(path)


def main(argv: list[str] | None = None) -> int:
    """The command; exit status 1 after an error, 130 after an interruption."""
    things = [*lockfile.load().items, *trees.SUITES, unpacked.NAME]
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab.build", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(things)}")
    parser.add_argument("--set", choices=lockfile.SETS, help="a set with its host trees and packages (default: core)")
    parser.add_argument("--prune", action="store_true", help="only remove what the lock file no longer stands for")
    options = parser.parse_args(argv)
    names = options.names + ([options.set] if options.set else [])
    say = functools.partial(print, flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    try:
        if options.prune:
            prune(say)
        else:
            times = prepare(names or ["core"], say)
            times["all together"] = time.monotonic() - started
            say("\n".join(f"{name:24} {seconds:6.1f} s" for name, seconds in times.items()))
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; what is built stays, and the next run goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
