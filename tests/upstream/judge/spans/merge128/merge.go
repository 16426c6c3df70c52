// Package merge128: the kubelet's merge of its drop-ins, from 1.28 on.
package merge128

import (
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kubelet/app" // holds what is linked below
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// Merge is the kubelet's mergeKubeletConfigurations.
func Merge(kc *kubeletconfig.KubeletConfiguration, dir string) error {
	return mergeKubeletConfigurations(kc, dir)
}

//go:linkname mergeKubeletConfigurations k8s.io/kubernetes/cmd/kubelet/app.mergeKubeletConfigurations
func mergeKubeletConfigurations(kc *kubeletconfig.KubeletConfiguration, dir string) error
