// Package kubeadm125: extra arguments in kubeadm's own types, from 1.25 on.
package kubeadm125

import "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"

// Args are the arguments of one control plane component as flags.
func Args(component kubeadm.ControlPlaneComponent) (flags []string) {
	for name, value := range component.ExtraArgs {
		flags = append(flags, "--"+name+"="+value)
	}
	return flags
}
