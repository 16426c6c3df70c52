// Package scheduler128: the kube-scheduler's loading and construction, from 1.28 on.
package scheduler128

import (
	"context"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/profile"
)

// Load is the scheduler's strict loading of its file.
func Load(path string) (*config.KubeSchedulerConfiguration, error) {
	return options.LoadConfigFromFile(klog.Background(), path)
}

// Build makes a scheduler of its parts, and with it every profile's plugins.
func Build(ctx context.Context, client kubernetes.Interface, recorder profile.RecorderFactory, opts ...scheduler.Option) error {
	_, err := scheduler.New(ctx, client, informers.NewSharedInformerFactory(client, 0), nil, recorder, opts...)
	return err
}
