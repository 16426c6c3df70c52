// Unexported functions of upstream, reached by linker name. Each declaration repeats upstream's signature, the same in
// every minor; a minor that changes one moves it into spans/.
package judge

import (
	"net"
	"time"
	_ "unsafe" // for go:linkname

	v1 "k8s.io/api/core/v1"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager/app" // holds what is linked below
	_ "k8s.io/kubernetes/cmd/kubelet/app"                 // the same
	nodeipamconfig "k8s.io/kubernetes/pkg/controller/nodeipam/config"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	evictionapi "k8s.io/kubernetes/pkg/kubelet/eviction/api"

	_ "k8s.io/component-base/logs/json/register" // as every real component: without it logging.format json is unknown
)

// parseResourceList reads kubeReserved and systemReserved.
//
//go:linkname parseResourceList k8s.io/kubernetes/cmd/kubelet/app.parseResourceList
func parseResourceList(m map[string]string) (v1.ResourceList, error)

// kubeletConfigFlagPrecedence lays a command line over a configuration file.
//
//go:linkname kubeletConfigFlagPrecedence k8s.io/kubernetes/cmd/kubelet/app.kubeletConfigFlagPrecedence
func kubeletConfigFlagPrecedence(kc *kubeletconfig.KubeletConfiguration, args []string) error

// hardEvictionReservation is the hard thresholds' share of the node's reservation.
//
//go:linkname hardEvictionReservation k8s.io/kubernetes/pkg/kubelet/cm.hardEvictionReservation
func hardEvictionReservation(thresholds []evictionapi.Threshold, capacity v1.ResourceList) v1.ResourceList

// nodePollInterval is how long the controller of the nodes' ranges waits, up to 1.30, before it first asks for nodes.
//
//go:linkname nodePollInterval k8s.io/kubernetes/pkg/controller/nodeipam/ipam.nodePollInterval
var nodePollInterval time.Duration

// setNodeCIDRMaskSizes chooses the node mask of each cluster range.
//
//go:linkname setNodeCIDRMaskSizes k8s.io/kubernetes/cmd/kube-controller-manager/app.setNodeCIDRMaskSizes
func setNodeCIDRMaskSizes(cfg nodeipamconfig.NodeIPAMControllerConfiguration, clusterCIDRs []*net.IPNet) ([]int, error)
