// Package load134: the kubelet's loading of its file, from 1.34 on, where it takes a context.
package load134

import (
	"context"
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kubelet/app" // holds what is linked below
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// Load is the kubelet's loadConfigFile.
func Load(path string) (*kubeletconfig.KubeletConfiguration, error) {
	return loadConfigFile(context.Background(), path)
}

//go:linkname loadConfigFile k8s.io/kubernetes/cmd/kubelet/app.loadConfigFile
func loadConfigFile(ctx context.Context, name string) (*kubeletconfig.KubeletConfiguration, error)
