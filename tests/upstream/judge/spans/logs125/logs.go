// Package logs125: the kubelet's container log manager, from 1.25 on.
package logs125

import (
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/logs"
)

// Error is what its constructor refuses.
func Error(kc *kubeletconfig.KubeletConfiguration) error {
	_, err := logs.NewContainerLogManager(nil, nil, kc.ContainerLogMaxSize, int(kc.ContainerLogMaxFiles))
	return err
}
