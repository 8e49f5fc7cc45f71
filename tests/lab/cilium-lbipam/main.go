// Copyright: (c) 2026, homelab.network contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// cilium-lbipam is the part of Cilium's operator that gives addresses to Services: its LB-IPAM controller, and its CRDs.
//
// It takes the operator's flags and, by --config-dir, the chart's ConfigMap as the operator's pod mounts it. There is no
// leader election: one process runs at a time.
package main

import (
	"log/slog"
	"os"

	"github.com/cilium/hive/cell"
	"github.com/spf13/cobra"
	"github.com/spf13/viper"
	"k8s.io/client-go/util/workqueue"

	"github.com/cilium/cilium/operator/pkg/lbipam"
	"github.com/cilium/cilium/pkg/hive"
	"github.com/cilium/cilium/pkg/k8s"
	"github.com/cilium/cilium/pkg/k8s/apis"
	v2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	"github.com/cilium/cilium/pkg/k8s/client"
	"github.com/cilium/cilium/pkg/k8s/resource"
	"github.com/cilium/cilium/pkg/k8s/utils"
	"github.com/cilium/cilium/pkg/logging"
	"github.com/cilium/cilium/pkg/option"
)

const name = "cilium-lbipam"

func main() {
	h := hive.New(
		client.Cell,
		cell.Config(k8s.DefaultConfig),
		cell.Config(apis.RegisterCRDsConfig{}),
		cell.Provide(k8s.DefaultServiceWatchConfig, k8s.ServiceResource, pools),
		cell.Provide(func() *option.DaemonConfig { return option.Config }),
		cell.Invoke(registerCRDs),
		lbipam.Cell,
	)
	vp := h.Viper()
	cmd := &cobra.Command{
		Use:          name,
		SilenceUsage: true,
		RunE: func(*cobra.Command, []string) error {
			configure(vp)
			return h.Run(logging.DefaultSlogLogger)
		},
	}
	flags := cmd.Flags()
	h.RegisterFlags(flags)
	flags.String(option.ConfigDir, "", "Folder with a file for each setting")
	flags.Bool(option.DebugArg, false, "Log more")
	flags.Bool(option.EnableIPv4Name, true, "Give out IPv4 addresses")
	flags.Bool(option.EnableIPv6Name, true, "Give out IPv6 addresses")
	flags.Bool(option.EnableL2Announcements, false, "Serve the load-balancer class of L2 announcements")
	flags.Bool(option.EnableBGPControlPlane, false, "Serve the load-balancer class of BGP")
	_ = vp.BindPFlags(flags) // fails only without flags
	cobra.OnInitialize(option.InitConfig(logging.DefaultSlogLogger, cmd, name, name, vp))
	if cmd.Execute() != nil {
		os.Exit(1)
	}
}

// configure does what the operator does between reading its settings and its start, for the settings that count here.
func configure(vp *viper.Viper) {
	option.Config.EnableIPv4 = vp.GetBool(option.EnableIPv4Name)
	option.Config.EnableIPv6 = vp.GetBool(option.EnableIPv6Name)
	option.Config.EnableL2Announcements = vp.GetBool(option.EnableL2Announcements)
	option.Config.EnableBGPControlPlane = vp.GetBool(option.EnableBGPControlPlane)
	// The operator's limits towards the API server; the client's own defaults are those of an agent.
	vp.SetDefault(option.K8sClientQPSLimit, 100)
	vp.SetDefault(option.K8sClientBurst, 200)
}

// pools is the operator's constructor; its own package needs more modules than the rest together.
func pools(
	lc cell.Lifecycle, cs client.Clientset, metrics workqueue.MetricsProvider,
) resource.Resource[*v2.CiliumLoadBalancerIPPool] {
	watcher := utils.ListerWatcherFromTyped(cs.CiliumV2().CiliumLoadBalancerIPPools())
	return resource.New[*v2.CiliumLoadBalancerIPPool](lc, watcher, metrics, resource.WithMetric("CiliumLoadBalancerIPPool"))
}

// registerCRDs has the CRDs made before anything is watched.
func registerCRDs(lc cell.Lifecycle, log *slog.Logger, cs client.Clientset, config apis.RegisterCRDsConfig) {
	lc.Append(cell.Hook{OnStart: func(cell.HookContext) error {
		if config.SkipCRDCreation {
			return nil
		}
		return createCRDs(log, cs)
	}})
}
