// Signatures of Kubernetes 1.30 that differ from other minors'.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	_ "unsafe" // for go:linkname

	cadvisorapi "github.com/google/cadvisor/info/v1"
	"github.com/opencontainers/runc/libcontainer/cgroups"
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/component-base/featuregate"
	"k8s.io/kubernetes/pkg/features"
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
	Minor:           "1.30",
	Module:          "v1.30.14",
	KubeadmVersions: []string{"v1beta3"},
	SetCgroup2: func(two bool) {
		cgroups.IsCgroup2UnifiedMode() // asks the host once; the cached answer is replaced after that
		isUnified = two
	},
	LoadKubelet:  loadConfigFile,
	MergeDropIns: mergeKubeletConfigurations,
	OptionsGateErrors: func(kc *kubeletconfig.KubeletConfiguration) (errs []error) {
		refuse := func(gate featuregate.Feature, options map[string]string) {
			if options != nil && !utilfeature.DefaultFeatureGate.Enabled(gate) {
				errs = append(errs, fmt.Errorf("policy options %v require feature gate %q enabled", options, gate))
			}
		}
		refuse(features.CPUManagerPolicyOptions, kc.CPUManagerPolicyOptions)
		refuse(features.TopologyManagerPolicyOptions, kc.TopologyManagerPolicyOptions)
		return errs
	},
	NewNode: func(cadvisorJSON []byte) (judge.Node, error) {
		n := &node{}
		return n, json.Unmarshal(cadvisorJSON, &n.info)
	},
}

type node struct {
	info     cadvisorapi.MachineInfo
	topology topologymanager.Manager
}

func (n *node) Capacity() v1.ResourceList { return cadvisor.CapacityFromMachineInfo(&n.info) }

func (n *node) ReservedCPUs(set string) (cpuset.CPUSet, error) { return getReservedCPUs(&n.info, set) }

func (n *node) TopologyManager(kc *kubeletconfig.KubeletConfiguration) (err error) {
	n.topology, err = topologymanager.NewManager(n.info.Topology, kc.TopologyManagerPolicy,
		kc.TopologyManagerScope, kc.TopologyManagerPolicyOptions)
	return err
}

func (n *node) CPUManager(kc *kubeletconfig.KubeletConfiguration, reserved cpuset.CPUSet, reservation v1.ResourceList) error {
	_, err := cpumanager.NewManager(kc.CPUManagerPolicy, kc.CPUManagerPolicyOptions,
		kc.CPUManagerReconcilePeriod.Duration, &n.info, reserved, reservation, "", n.topology)
	return err
}

func (n *node) MemoryManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error {
	if !utilfeature.DefaultFeatureGate.Enabled(features.MemoryManager) {
		return nil
	}
	_, err := memorymanager.NewManager(kc.MemoryManagerPolicy, &n.info, reservation, kc.ReservedMemory, "", n.topology)
	return err
}

func (n *node) Status(kc *kubeletconfig.KubeletConfiguration, capacity, reservation v1.ResourceList) (v1.NodeStatus, error) {
	reported := &v1.Node{}
	set := nodestatus.MachineInfo("judge", int(kc.MaxPods), int(kc.PodsPerCore),
		func() (*cadvisorapi.MachineInfo, error) { return &n.info, nil },
		func(bool) v1.ResourceList { return capacity },
		func() (v1.ResourceList, v1.ResourceList, []string) { return nil, nil, nil },
		func() v1.ResourceList { return reservation },
		func(string, string, string) {},
		kc.LocalStorageCapacityIsolation)
	err := set(context.Background(), reported)
	return reported.Status, err
}

//go:linkname isUnified github.com/opencontainers/runc/libcontainer/cgroups.isUnified
var isUnified bool

//go:linkname loadConfigFile k8s.io/kubernetes/cmd/kubelet/app.loadConfigFile
func loadConfigFile(name string) (*kubeletconfig.KubeletConfiguration, error)

//go:linkname mergeKubeletConfigurations k8s.io/kubernetes/cmd/kubelet/app.mergeKubeletConfigurations
func mergeKubeletConfigurations(kc *kubeletconfig.KubeletConfiguration, dir string) error

//go:linkname getReservedCPUs k8s.io/kubernetes/cmd/kubelet/app.getReservedCPUs
func getReservedCPUs(info *cadvisorapi.MachineInfo, cpus string) (cpuset.CPUSet, error)
