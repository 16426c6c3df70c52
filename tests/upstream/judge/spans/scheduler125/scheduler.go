// Package scheduler125: the kube-scheduler's loading and construction, in 1.25 and 1.26.
package scheduler125

import (
	"context"
	_ "unsafe" // for go:linkname

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	_ "k8s.io/kubernetes/cmd/kube-scheduler/app/options" // holds what is linked below
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/profile"
)

// Load is the scheduler's strict loading of its file.
func Load(path string) (*config.KubeSchedulerConfiguration, error) {
	return loadConfigFromFile(path)
}

// Build makes a scheduler of its parts, and with it every profile's plugins.
func Build(ctx context.Context, client kubernetes.Interface, recorder profile.RecorderFactory, options ...scheduler.Option) error {
	_, err := scheduler.New(client, informers.NewSharedInformerFactory(client, 0), nil, recorder, ctx.Done(), options...)
	return err
}

//go:linkname loadConfigFromFile k8s.io/kubernetes/cmd/kube-scheduler/app/options.loadConfigFromFile
func loadConfigFromFile(file string) (*config.KubeSchedulerConfiguration, error)
