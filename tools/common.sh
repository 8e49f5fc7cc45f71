# shellcheck shell=bash
# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by the tools: where things are, whatever environment they are started from.
export PATH HOME="${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}"
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/homelab-network
export ROOT CACHE

# Without bytecode each start of Ansible compiles several hundred files again.
unset PYTHONDONTWRITEBYTECODE
# Settings of the caller that would change what is tested.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV ANSIBLE_CONFIG ANSIBLE_COLLECTIONS_PATH
export LC_ALL=C.UTF-8
# The certificates of the machine, as pip and git take them.
export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_SYSTEM_CERTS=1

# leg_setup LEG   sets VENV, LOCK and PYTHONS (accepted versions, best first) of a leg.
# shellcheck disable=SC2034  # read by the tools that source this file
leg_setup() {
    case $1 in
        main) VENV=$ROOT/.venv LOCK=$ROOT/requirements/dev.txt PYTHONS=(3.13 3.12) ;;
        old) VENV=$ROOT/.venv-old LOCK=$ROOT/requirements/old.txt PYTHONS=(3.11) ;;
        *) echo "no such leg: $1 (main, old)" >&2; return 2 ;;
    esac
}

# uv_setup   sets UV, the path of uv: installed from the package index into the cache when it is not there.
uv_setup() {
    local home=$CACHE/tools/uv new index
    UV=$home/bin/uv
    if ! "$UV" --version >/dev/null 2>&1; then
        mkdir -p "$CACHE/tools"
        new=$(mktemp -d "$CACHE/tools/uv.XXXXXX")
        "$("$ROOT/tools/find-python" 3.13 3.12 3.11)" -m venv "$new"
        "$new/bin/python" -m pip install --quiet --disable-pip-version-check uv
        # A parallel run may have won: its copy serves as well.
        mv -T "$new" "$home" 2>/dev/null || rm -rf "$new"
        "$UV" --version >/dev/null
    fi
    # uv does not read the configuration of pip: a machine that has a mirror names it there.
    index=${PIP_INDEX_URL:-$("$home/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
}
