package collect

import (
	"fmt"

	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"plimsoll.example/upstream/judge/facts"
)

// controllers lists the controller-manager's.
func controllers(d *facts.Document) error {
	off := map[string]bool{}
	switch disabled := any(app.ControllersDisabledByDefault).(type) {
	case func() []string:
		for _, name := range disabled() {
			off[name] = true
		}
	case interface{ List() []string }: // a set, up to 1.28
		for _, name := range disabled.List() {
			off[name] = true
		}
	default:
		return fmt.Errorf("controllers that are off by default are a %T in this minor", disabled)
	}
	for _, name := range app.KnownControllers() {
		d.Controllers = append(d.Controllers, facts.Controller{Name: name, Default: !off[name]})
	}
	return nil
}
