// Copyright: (c) 2026, homelab.network contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

package main

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"

	ciliumio "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	crds "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	"github.com/cilium/cilium/pkg/k8s/apis/crdhelpers"
	"github.com/cilium/cilium/pkg/k8s/client"
	"github.com/cilium/cilium/pkg/versioncheck"
)

// createCRDs makes and updates all CRDs as the operator does, but side by side: one after the other takes a second each.
func createCRDs(log *slog.Logger, cs client.Clientset) error {
	version := versioncheck.MustVersion(ciliumio.CustomResourceDefinitionSchemaVersion)
	label := ciliumio.CustomResourceDefinitionSchemaVersionKey
	var group errgroup.Group
	for _, entry := range crds.CustomResourceDefinitionList() {
		crd := crds.GetPregeneratedCRD(log, entry.Name)
		crd.ObjectMeta = metav1.ObjectMeta{
			Name:   entry.FullName,
			Labels: map[string]string{label: ciliumio.CustomResourceDefinitionSchemaVersion},
		}
		group.Go(func() error {
			return crdhelpers.CreateUpdateCRD(log, cs, &crd, impatient{}, crdhelpers.NeedsUpdateV1Factory(label, version))
		})
	}
	return group.Wait()
}

// impatient polls at once and often.
type impatient struct{}

func (impatient) Poll(_, duration time.Duration, done func() (bool, error)) error {
	check := func(context.Context) (bool, error) { return done() }
	return wait.PollUntilContextTimeout(context.Background(), 50*time.Millisecond, duration, true, check)
}
