// Package ipam125: the controller that gives nodes their ranges, in 1.25 and 1.26.
package ipam125

import (
	"context"

	"k8s.io/kubernetes/pkg/controller/nodeipam"
	"k8s.io/kubernetes/pkg/controller/nodeipam/ipam"
	"plimsoll.example/upstream/judge"
)

// Start makes it. It ends the process where it refuses.
func Start(_ context.Context, r judge.Ranges) error {
	_, err := nodeipam.NewNodeIpamController(r.Nodes.Core().V1().Nodes(), nil, nil, r.Client, r.Cluster, nil, nil, r.Masks, ipam.CIDRAllocatorType(r.Kind))
	return err
}
