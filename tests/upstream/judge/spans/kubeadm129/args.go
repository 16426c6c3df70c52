// Package kubeadm129: extra arguments in kubeadm's own types, from 1.29 on, where they became a list.
package kubeadm129

import "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"

// Args are the arguments of one control plane component as flags.
func Args(component kubeadm.ControlPlaneComponent) (flags []string) {
	for _, arg := range component.ExtraArgs {
		flags = append(flags, "--"+arg.Name+"="+arg.Value)
	}
	return flags
}
