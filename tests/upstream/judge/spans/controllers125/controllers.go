// Package controllers125: the controller-manager's names and flags, in 1.25 to 1.27, which know no aliases.
package controllers125

import (
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// Flags is its whole flag set.
func Flags(o *options.KubeControllerManagerOptions) cliflag.NamedFlagSets {
	return o.Flags(app.KnownControllers(), app.ControllersDisabledByDefault.List())
}

// Validate is its validation of the flags.
func Validate(o *options.KubeControllerManagerOptions) error {
	return o.Validate(app.KnownControllers(), app.ControllersDisabledByDefault.List())
}
