// Package logs130: the kubelet's container log manager, from 1.30 on, where workers and interval became fields.
package logs130

import (
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/logs"
)

// Error is what its constructor refuses.
func Error(kc *kubeletconfig.KubeletConfiguration) error {
	_, err := logs.NewContainerLogManager(nil, nil, kc.ContainerLogMaxSize, int(kc.ContainerLogMaxFiles),
		int(kc.ContainerLogMaxWorkers), kc.ContainerLogMonitorInterval)
	return err
}
