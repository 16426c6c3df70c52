// Package merge136: the kubelet's merge of its drop-ins, from 1.36 on, where it tells which files it read.
package merge136

import (
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kubelet/app" // holds what is linked below
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// Merge is the kubelet's mergeKubeletConfigurations.
func Merge(kc *kubeletconfig.KubeletConfiguration, dir string) error {
	_, err := mergeKubeletConfigurations(kc, dir)
	return err
}

//go:linkname mergeKubeletConfigurations k8s.io/kubernetes/cmd/kubelet/app.mergeKubeletConfigurations
func mergeKubeletConfigurations(kc *kubeletconfig.KubeletConfiguration, dir string) ([]string, error)
