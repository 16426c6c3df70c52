// Signatures of Kubernetes 1.37 that differ from other minors'.
package main

import (
	"context"
	"encoding/json"
	_ "unsafe" // for go:linkname

	cadvisorapi "github.com/google/cadvisor/lib/model"
	"github.com/opencontainers/cgroups"
	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
	"k8s.io/kubernetes/pkg/kubelet/cm/cpumanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/memorymanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/topologymanager"
	"k8s.io/kubernetes/pkg/kubelet/nodestatus"
	"k8s.io/utils/cpuset"
	"plimsoll.example/upstream/judge"
)

var adapter = &judge.Adapter{
	Minor:           "1.37",
	Module:          "v1.37.1",
	KubeadmVersions: []string{"v1beta4"},
	SetCgroup2: func(two bool) {
		cgroups.IsCgroup2UnifiedMode() // asks the host once; the cached answer is replaced after that
		isUnified = two
	},
	LoadKubelet: func(path string) (*kubeletconfig.KubeletConfiguration, error) {
		return loadConfigFile(context.Background(), path)
	},
	MergeDropIns: func(kc *kubeletconfig.KubeletConfiguration, dir string) error {
		_, err := mergeKubeletConfigurations(kc, dir)
		return err
	},
	// The kubelet no longer looks at a gate for CPU manager options, and the topology manager's is locked on.
	OptionsGateErrors: func(*kubeletconfig.KubeletConfiguration) []error { return nil },
	NewNode: func(cadvisorJSON []byte) (judge.Node, error) {
		n := &node{logger: klog.Background()}
		return n, json.Unmarshal(cadvisorJSON, &n.info)
	},
}

type node struct {
	logger   klog.Logger
	info     cadvisorapi.MachineInfo
	topology topologymanager.Manager
}

func (n *node) Capacity() v1.ResourceList { return cadvisor.CapacityFromMachineInfo(&n.info) }

func (n *node) ReservedCPUs(set string) (cpuset.CPUSet, error) {
	return getReservedCPUs(n.logger, &n.info, set)
}

func (n *node) TopologyManager(kc *kubeletconfig.KubeletConfiguration) (err error) {
	n.topology, err = topologymanager.NewManager(n.logger, n.info.Topology, kc.TopologyManagerPolicy,
		kc.TopologyManagerScope, kc.TopologyManagerPolicyOptions)
	return err
}

func (n *node) CPUManager(kc *kubeletconfig.KubeletConfiguration, reserved cpuset.CPUSet, reservation v1.ResourceList) error {
	_, err := cpumanager.NewManager(n.logger, kc.CPUManagerPolicy, kc.CPUManagerPolicyOptions,
		kc.CPUManagerReconcilePeriod.Duration, &n.info, reserved, reservation, "", n.topology)
	return err
}

func (n *node) MemoryManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error {
	_, err := memorymanager.NewManager(n.logger, kc.MemoryManagerPolicy, &n.info, reservation, kc.ReservedMemory, "", n.topology)
	return err
}

func (n *node) Status(kc *kubeletconfig.KubeletConfiguration, capacity, reservation v1.ResourceList) (v1.NodeStatus, error) {
	reported := &v1.Node{}
	set := nodestatus.MachineInfo("judge", int(kc.MaxPods), int(kc.PodsPerCore),
		func() (*cadvisorapi.MachineInfo, error) { return &n.info, nil },
		func(klog.Logger, bool) v1.ResourceList { return capacity },
		func(klog.Logger) (v1.ResourceList, v1.ResourceList, []string) { return nil, nil, nil },
		func() v1.ResourceList { return reservation },
		func(string, string, string) {},
		func() *bool { return nil },
		kc.LocalStorageCapacityIsolation)
	err := set(context.Background(), reported)
	return reported.Status, err
}

//go:linkname isUnified github.com/opencontainers/cgroups.isUnified
var isUnified bool

//go:linkname loadConfigFile k8s.io/kubernetes/cmd/kubelet/app.loadConfigFile
func loadConfigFile(ctx context.Context, name string) (*kubeletconfig.KubeletConfiguration, error)

//go:linkname mergeKubeletConfigurations k8s.io/kubernetes/cmd/kubelet/app.mergeKubeletConfigurations
func mergeKubeletConfigurations(kc *kubeletconfig.KubeletConfiguration, dir string) ([]string, error)

//go:linkname getReservedCPUs k8s.io/kubernetes/cmd/kubelet/app.getReservedCPUs
func getReservedCPUs(logger klog.Logger, info *cadvisorapi.MachineInfo, cpus string) (cpuset.CPUSet, error)
