// What differs between Kubernetes minors: a minor's adapter fills in these functions, with upstream's own
// code behind each of them. Everything else here compiles unchanged against every minor.
package judge

import (
	v1 "k8s.io/api/core/v1"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/utils/cpuset"
)

// Adapter is one minor.
type Adapter struct {
	Minor  string // "1.37"
	Module string // the exact version judged with, for messages

	// KubeadmVersions are the kubeadm.k8s.io versions that its kubeadm reads without a special flag.
	KubeadmVersions []string

	// SetCgroup2 replaces upstream's cached answer about the host's cgroup version.
	SetCgroup2 func(bool)
	// LoadKubelet is the kubelet's loadConfigFile: lenient decoding, defaulting, default eviction settings.
	LoadKubelet func(path string) (*kubeletconfig.KubeletConfiguration, error)
	// MergeDropIns is the kubelet's merge of a --config-dir into an already loaded file.
	MergeDropIns func(kc *kubeletconfig.KubeletConfiguration, dir string) error
	// OptionsGateErrors are what the kubelet's run() says of policy options whose gate is off.
	OptionsGateErrors func(kc *kubeletconfig.KubeletConfiguration) []error
	// NewNode reads a machine in cadvisor's JSON.
	NewNode func(cadvisorJSON []byte) (Node, error)
}

// Node is upstream's start-up code bound to one machine, so that its machine type stays in the adapter.
type Node interface {
	Capacity() v1.ResourceList
	ReservedCPUs(set string) (cpuset.CPUSet, error)
	// TopologyManager must come first: the other two managers ask it for the policy in force.
	TopologyManager(kc *kubeletconfig.KubeletConfiguration) error
	CPUManager(kc *kubeletconfig.KubeletConfiguration, reserved cpuset.CPUSet, reservation v1.ResourceList) error
	MemoryManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error
	// Status is the node status the kubelet would report.
	Status(kc *kubeletconfig.KubeletConfiguration, capacity, reservation v1.ResourceList) (v1.NodeStatus, error)
}
