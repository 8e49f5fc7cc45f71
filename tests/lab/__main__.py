# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's command: `python3 -m tests.lab --help`."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from . import lab
from .errors import LabError
from .lab import Lab
from .topology import WORKSTATIONS


def main(argv: list[str] | None = None) -> int:
    """Run one command; 1 when the lab cannot do it."""
    options = _parser().parse_args(argv)
    try:
        return options.run(options)
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab", description="A home network of real programs.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(run, text: str, *positional: str) -> argparse.ArgumentParser:
        command = commands.add_parser(run.__name__.strip("_"), help=text, description=text)
        command.add_argument("--name", default="lab", help="which lab (default: lab)")
        for name in positional:
            command.add_argument(name)
        command.set_defaults(run=run)
        return command

    up = add(_up, "bring the lab up, or start what has ended in it")
    up.add_argument("--workstations", help=f"comma-separated, or none (default: {','.join(WORKSTATIONS)})")
    up.add_argument("--no-cluster", action="store_true", help="only the LAN, its DNS servers and the hosts on it")
    down = add(_down, "end everything that belongs to the lab")
    down.add_argument("--all", action="store_true", help="every lab of this machine")
    add(_status, "show the lab's programs")
    add(_path, "show the folder of the lab's state")
    execute = add(_exec, "run a command on a host", "host")
    execute.add_argument("command", nargs=argparse.REMAINDER)
    add(_shell, "open a shell on a host", "host")
    add(_logs, "show a program's log, or the end of every log").add_argument("program", nargs="?")
    add(_stop, "stop a program until it is started", "program")
    add(_start, "start a program that was stopped, or that runs only when it is wanted", "program")
    add(_signal, "send a signal to a program", "program", "signal")
    add(_move, "plug a workstation into another network, lan or away", "host", "network")
    add(_versions, "show the versions that the running programs report")
    return parser


def _up(options: argparse.Namespace) -> int:
    chosen = options.workstations
    workstations = None if chosen is None else [] if chosen == "none" else chosen.split(",")
    Lab(options.name).up(workstations, cluster=not options.no_cluster)
    return 0


def _down(options: argparse.Namespace) -> int:
    for name in lab.names() if options.all else [options.name]:
        Lab(name).down()
    return 0


def _status(options: argparse.Namespace) -> int:
    rows = Lab(options.name).status()
    if not rows:
        print(f"lab {options.name} is not up")
        return 1
    for name, state, pid in rows:
        print(f"{name:<26}{state:<10}{pid}")
    return 0


def _path(options: argparse.Namespace) -> int:
    print(Lab(options.name).path)
    return 0


def _exec(options: argparse.Namespace) -> int:
    argv = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not argv:
        raise LabError("say what to run: exec HOST -- COMMAND …")
    command = Lab(options.name).command(options.host, argv, os.environ.get("TERM", "dumb"))
    os.execvp(command[0], command)


def _shell(options: argparse.Namespace) -> int:
    command = Lab(options.name).command(options.host, ["/bin/bash"], os.environ.get("TERM", "dumb"))
    os.execvp(command[0], command)


def _logs(options: argparse.Namespace) -> int:
    programs = Lab(options.name).programs
    if options.program:
        path = programs.log(options.program)
        if not path.exists():
            raise LabError(f"there is no log {path}")
        sys.stdout.write(path.read_text(encoding="utf-8", errors="replace"))
        return 0
    for path in sorted(programs.logs.glob("*.log")):
        print(programs.tail(path.stem, 5))
    return 0


def _stop(options: argparse.Namespace) -> int:
    Lab(options.name).stop(options.program)
    return 0


def _start(options: argparse.Namespace) -> int:
    Lab(options.name).start(options.program)
    return 0


def _signal(options: argparse.Namespace) -> int:
    name = options.signal.upper().removeprefix("SIG")
    known = {number.name.removeprefix("SIG"): number for number in signal.Signals}
    if name not in known:
        raise LabError(f"{options.signal!r} is no signal; for example STOP, CONT, TERM, KILL, HUP")
    Lab(options.name).signal(options.program, known[name])
    return 0


def _move(options: argparse.Namespace) -> int:
    Lab(options.name).move(options.host, options.network)
    return 0


def _versions(options: argparse.Namespace) -> int:
    for name, version in Lab(options.name).versions().items():
        print(f"{name:<22}{version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
