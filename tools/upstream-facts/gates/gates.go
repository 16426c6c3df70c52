// Package gates lists the feature gates a program of this minor knows.
package gates

import (
	"fmt"
	"os"
	"sort"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	logsapi "k8s.io/component-base/logs/api/v1"
	_ "k8s.io/kubernetes/pkg/features" // registers every gate the components share
)

// Gate is one feature gate as the components of this minor know it.
type Gate struct {
	Name    string `json:"name"`
	Stage   string `json:"stage"`
	Default bool   `json:"default"`
	Locked  bool   `json:"locked"`
}

// registrars add gates that live outside pkg/features; every component's main package calls them.
var registrars = []func() error{
	func() error { return logsapi.AddFeatureGates(utilfeature.DefaultMutableFeatureGate) },
}

// List returns the default feature gate's content, sorted by name. What else is in it depends on the packages the
// calling program imports.
func List() []Gate {
	for _, register := range registrars {
		if err := register(); err != nil {
			// The program already registered them, with the very same content.
			fmt.Fprintln(os.Stderr, "gates: note:", err)
		}
	}
	list := []Gate{}
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		stage := string(spec.PreRelease)
		if stage == "" {
			stage = "GA"
		}
		list = append(list, Gate{Name: string(name), Stage: stage, Default: spec.Default, Locked: spec.LockToDefault})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}
