// Package node125: the kubelet's managers and node status on a planned machine, in 1.25.
package node125

import (
	"encoding/json"
	_ "unsafe" // for go:linkname

	cadvisorapi "github.com/google/cadvisor/info/v1"
	v1 "k8s.io/api/core/v1"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	_ "k8s.io/kubernetes/cmd/kubelet/app" // holds what is linked below
	"k8s.io/kubernetes/pkg/features"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cadvisor"
	"k8s.io/kubernetes/pkg/kubelet/cm/cpumanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/cpuset"
	"k8s.io/kubernetes/pkg/kubelet/cm/memorymanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/topologymanager"
	"k8s.io/kubernetes/pkg/kubelet/nodestatus"
	"plimsoll.example/upstream/judge"
)

// Node is upstream's start-up code bound to one machine.
type Node struct {
	info     cadvisorapi.MachineInfo
	reserved cpuset.CPUSet
	topology topologymanager.Manager
}

// New reads a machine in cadvisor's JSON.
func New(cadvisorJSON []byte) (judge.Node, error) {
	n := &Node{}
	return n, json.Unmarshal(cadvisorJSON, &n.info)
}

func (n *Node) Capacity() v1.ResourceList { return cadvisor.CapacityFromMachineInfo(&n.info) }

func (n *Node) ReserveCPUs(set string) (count int, err error) {
	n.reserved, err = getReservedCPUs(&n.info, set)
	return n.reserved.Size(), err
}

func (n *Node) TopologyManager(kc *kubeletconfig.KubeletConfiguration) (err error) {
	if !utilfeature.DefaultFeatureGate.Enabled(features.TopologyManager) {
		n.topology = topologymanager.NewFakeManager() // as upstream does
		return nil
	}
	n.topology, err = topologymanager.NewManager(n.info.Topology, kc.TopologyManagerPolicy, kc.TopologyManagerScope)
	return err
}

func (n *Node) CPUManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error {
	if !utilfeature.DefaultFeatureGate.Enabled(features.CPUManager) {
		return nil
	}
	_, err := cpumanager.NewManager(kc.CPUManagerPolicy, kc.CPUManagerPolicyOptions,
		kc.CPUManagerReconcilePeriod.Duration, &n.info, n.reserved, reservation, "", n.topology)
	return err
}

func (n *Node) MemoryManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error {
	if !utilfeature.DefaultFeatureGate.Enabled(features.MemoryManager) {
		return nil
	}
	_, err := memorymanager.NewManager(kc.MemoryManagerPolicy, &n.info, reservation, kc.ReservedMemory, "", n.topology)
	return err
}

func (n *Node) Status(kc *kubeletconfig.KubeletConfiguration, capacity, reservation v1.ResourceList) (v1.NodeStatus, error) {
	reported := &v1.Node{}
	set := nodestatus.MachineInfo("judge", int(kc.MaxPods), int(kc.PodsPerCore),
		func() (*cadvisorapi.MachineInfo, error) { return &n.info, nil },
		func(bool) v1.ResourceList { return capacity },
		func() (v1.ResourceList, v1.ResourceList, []string) { return nil, nil, nil },
		func() v1.ResourceList { return reservation },
		func(string, string, string) {},
		kc.LocalStorageCapacityIsolation)
	err := set(reported)
	return reported.Status, err
}

//go:linkname getReservedCPUs k8s.io/kubernetes/cmd/kubelet/app.getReservedCPUs
func getReservedCPUs(info *cadvisorapi.MachineInfo, cpus string) (cpuset.CPUSet, error)
