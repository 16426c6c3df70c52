// Package controllers128: the controller-manager's names and flags, in 1.28.
package controllers128

import (
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
)

// Flags is its whole flag set.
func Flags(o *options.KubeControllerManagerOptions) cliflag.NamedFlagSets {
	return o.Flags(app.KnownControllers(), app.ControllersDisabledByDefault.List(), names.KCMControllerAliases())
}

// Validate is its validation of the flags.
func Validate(o *options.KubeControllerManagerOptions) error {
	return o.Validate(app.KnownControllers(), app.ControllersDisabledByDefault.List(), names.KCMControllerAliases())
}
