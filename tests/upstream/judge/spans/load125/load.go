// Package load125: the kubelet's loading of its file, from 1.25 on.
package load125

import (
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kubelet/app" // holds what is linked below
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// Load is the kubelet's loadConfigFile.
func Load(path string) (*kubeletconfig.KubeletConfiguration, error) { return loadConfigFile(path) }

//go:linkname loadConfigFile k8s.io/kubernetes/cmd/kubelet/app.loadConfigFile
func loadConfigFile(name string) (*kubeletconfig.KubeletConfiguration, error)
