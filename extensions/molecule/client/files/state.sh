# shellcheck shell=sh
# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# What a run may change on a workstation, but for the times of files.
find /etc /usr /run/systemd -xdev \( -name __pycache__ -o -path '/run/systemd/*/*' -prune \) -o -printf '%p %y %m %u:%g %l\n' | sort
find /etc -xdev -type f -exec sha256sum {} + | sort -k 2
ip -brief link
ip -brief address
ip rule
nft list ruleset
systemctl list-unit-files --no-legend --state=enabled,disabled,masked
if systemctl is-active systemd-resolved; then resolvectl dns; resolvectl domain; fi
