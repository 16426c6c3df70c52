// What differs between Kubernetes minors: a minor's main fills in these functions from the packages of spans/, with
// upstream's own code behind each of them. Everything else here compiles unchanged against every minor.
package judge

import (
	"context"
	"net"

	v1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	proxyapp "k8s.io/kubernetes/cmd/kube-proxy/app"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/scheduler"
	schedulerconfig "k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/profile"
)

// Adapter is one minor.
type Adapter struct {
	Minor  string // "1.37"
	Module string // the exact version judged with, for messages

	// KubeadmVersions are the kubeadm.k8s.io versions that its kubeadm reads without a special flag, if with a warning.
	KubeadmVersions []string

	etcd string // the minor of etcd, where neither job nor plan states one

	// SetCgroup2 replaces upstream's cached answer about the host's cgroup version.
	SetCgroup2 func(bool)
	// LoadKubelet is the kubelet's loadConfigFile: lenient decoding, defaulting, default eviction settings.
	LoadKubelet func(path string) (*kubeletconfig.KubeletConfiguration, error)
	// MergeDropIns is the kubelet's merge of a --config-dir into an already loaded file; nil where a kubelet needs more
	// than that flag for it, for which no drop-in is rendered.
	MergeDropIns func(kc *kubeletconfig.KubeletConfiguration, dir string) error
	// LogManagerError is what the constructor of the container log manager refuses.
	LogManagerError func(kc *kubeletconfig.KubeletConfiguration) error
	// NewNode reads a machine in cadvisor's JSON.
	NewNode func(cadvisorJSON []byte) (Node, error)

	// ProxyPlatform is kube-proxy's choice of what depends on the platform: before validation where before is true, from 1.28
	// on, else while it starts.
	ProxyPlatform func(options *proxyapp.Options, config *proxyconfig.KubeProxyConfiguration, before bool) error

	LoadScheduler  func(path string) (*schedulerconfig.KubeSchedulerConfiguration, error)
	BuildScheduler func(context.Context, kubernetes.Interface, profile.RecorderFactory, ...scheduler.Option) error

	// ControllerFlags and ValidateControllers are the controller-manager's, with its own list of controllers.
	ControllerFlags     func(*options.KubeControllerManagerOptions) cliflag.NamedFlagSets
	ValidateControllers func(*options.KubeControllerManagerOptions) error
	// ClusterRanges reads the controller-manager's --cluster-cidr.
	ClusterRanges func(list string) ([]*net.IPNet, error)
	// StartRanges makes the controller that gives nodes their ranges, with a client that finds no nodes.
	StartRanges func(context.Context, Ranges) error
	// ExtraArgs are the arguments of one of kubeadm's components as flags.
	ExtraArgs func(kubeadm.ControlPlaneComponent) []string
}

// Ranges is what the controller that gives nodes their ranges is made with.
type Ranges struct {
	Client  kubernetes.Interface
	Nodes   informers.SharedInformerFactory
	Cluster []*net.IPNet
	Masks   []int
	Kind    string // --cidr-allocator-type
}

// Node is upstream's start-up code bound to one machine, so that its machine type stays in the adapter.
type Node interface {
	Capacity() v1.ResourceList
	// ReserveCPUs reads an explicit set of CPUs, which the CPU manager is given, and counts it.
	ReserveCPUs(set string) (int, error)
	// TopologyManager must come first: the other two managers ask it for the policy in force.
	TopologyManager(kc *kubeletconfig.KubeletConfiguration) error
	CPUManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error
	MemoryManager(kc *kubeletconfig.KubeletConfiguration, reservation v1.ResourceList) error
	// Status is the node status the kubelet would report.
	Status(kc *kubeletconfig.KubeletConfiguration, capacity, reservation v1.ResourceList) (v1.NodeStatus, error)
}
