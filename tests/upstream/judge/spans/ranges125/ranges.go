// Package ranges125: the controller-manager's reading of --cluster-cidr, in 1.25.
package ranges125

import (
	"fmt"
	"net"
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kube-controller-manager/app" // holds what is linked below
)

// Parse is startNodeIpamController's reading. The two refusals after the parsing are written again here, in its words:
// 1.26 moved them into a function of their own.
func Parse(list string) ([]*net.IPNet, error) {
	ranges, dualStack, err := processCIDRs(list)
	if err != nil {
		return nil, err
	}
	if len(ranges) > 1 && !dualStack {
		return nil, fmt.Errorf("len of ClusterCIDRs==%v and they are not configured as dual stack (at least one from each IPFamily)", len(ranges))
	}
	if len(ranges) > 2 {
		return nil, fmt.Errorf("len of clusters is:%v > more than max allowed of 2", len(ranges))
	}
	return ranges, nil
}

//go:linkname processCIDRs k8s.io/kubernetes/cmd/kube-controller-manager/app.processCIDRs
func processCIDRs(list string) ([]*net.IPNet, bool, error)
