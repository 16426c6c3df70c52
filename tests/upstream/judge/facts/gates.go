package facts

import (
	"sort"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
)

// Gate is one feature gate as this program knows it.
type Gate struct {
	Name     string   `json:"name"`
	Stage    string   `json:"stage"` // ALPHA, BETA, GA or DEPRECATED
	Default  bool     `json:"default"`
	Locked   bool     `json:"locked"`
	Requires []string `json:"requires,omitempty"` // gates that must be on too
}

// Gates lists the default feature gate's content by name: what the packages of this program registered. From 1.31 on
// the registry of component globals holds this very gate, so nothing is missed by not asking it.
func Gates() []Gate {
	var requires map[featuregate.Feature][]featuregate.Feature
	// 1.35 and newer.
	if known, ok := any(utilfeature.DefaultMutableFeatureGate).(interface {
		Dependencies() map[featuregate.Feature][]featuregate.Feature
	}); ok {
		requires = known.Dependencies()
	}
	list := []Gate{}
	for name, spec := range utilfeature.DefaultMutableFeatureGate.GetAll() {
		gate := Gate{Name: string(name), Stage: string(spec.PreRelease), Default: spec.Default, Locked: spec.LockToDefault}
		if gate.Stage == "" {
			gate.Stage = "GA"
		}
		for _, other := range requires[name] {
			gate.Requires = append(gate.Requires, string(other))
		}
		sort.Strings(gate.Requires)
		list = append(list, gate)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// PrintGates is the main of a program that knows one component's gates.
func PrintGates() int {
	return (&Document{Fields: []Field{}, Gates: Gates()}).Print()
}
