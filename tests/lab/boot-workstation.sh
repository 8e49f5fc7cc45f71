# shellcheck shell=bash
# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# boot-workstation.sh NAME HOSTNAME NAMESPACE TREE SEED RUN
# Boots the systemd of the tree TREE with the files of SEED over it as the machine NAME. All that it writes lies in
# memory, so every start is of a pristine host. Runs in a mount namespace of its own: its mounts end with it.
set -eu
name=$1 hostname=$2 namespace=$3 tree=$4 seed=$5 run=$6

# systemd >= 258 refuses to start unless this is the unified hierarchy; a hybrid machine has the old ones here.
umount -R /sys/fs/cgroup
mount -t cgroup2 none /sys/fs/cgroup

# systemd-nspawn refuses to clean up on a disk: "Attempted to remove disk file system".
mkdir -p /run/systemd/nspawn
mount -t tmpfs none /run/systemd/nspawn

mount -t tmpfs -o size=512m none "$run"
mkdir "$run/upper" "$run/work" "$run/root"
mount -t overlay overlay -o "lowerdir=$seed:$tree,upperdir=$run/upper,workdir=$run/work" "$run/root"

# --network-namespace-path takes CAP_NET_ADMIN away, without which systemd-networkd does not start.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
# It ends with 133 when its host boots again, for which the files of this boot are kept.
status=133
while [ "$status" = 133 ]; do
    setpriv --pdeathsig KILL systemd-nspawn --quiet --boot --register=no --keep-unit --directory="$run/root" \
        --machine="$name" --hostname="$hostname" --network-namespace-path="$namespace" \
        --capability=CAP_NET_ADMIN,CAP_NET_RAW --link-journal=no --resolv-conf=off --timezone=off --console=pipe \
        --notify-ready=no &
    nspawn=$!
    trap 'kill "$nspawn"' TERM
    status=0
    wait "$nspawn" || status=$?
    # A machine that boots again finds its link down, without an address; the routes go with them.
    if [ "$status" = 133 ]; then
        ip -n "${namespace##*/}" address flush dev eth0
        ip -n "${namespace##*/}" link set eth0 down
    fi
done
# A signal ended the first wait, and the host shuts down.
wait "$nspawn"
