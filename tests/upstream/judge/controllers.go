// Controller-manager flags, one a line: upstream's flag set and option validation, the leader elector's
// checks, and the node IPAM controller's reading of masks and ranges.
package judge

import (
	"fmt"
	"strings"

	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/pkg/controller/nodeipam/ipam/cidrset"
	"plimsoll.example/upstream/judge/cli"
)

func (a *Adapter) controllerArgs(j *Job, args []string) (errs []error) {
	opts, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return append(errs, err)
	}
	readable, errs := j.parseEach(cli.Merged("kube-controller-manager", a.ControllerFlags(opts)), args)
	if len(args) > 0 && len(readable) == 0 {
		return errs
	}
	// Where upstream keeps gates in a registry, validating them is what applies them.
	errs = append(errs, flatten(a.ValidateControllers(opts))...)
	errs = append(errs, electionErrors(opts.Generic.LeaderElection)...)
	for _, err := range a.nodeRanges(opts) {
		if !opts.KubeCloudShared.AllocateNodeCIDRs {
			err = ours{err} // the controller is not started
		}
		errs = append(errs, err)
	}
	return errs
}

// nodeRanges is the start of the node IPAM controller. Where the file states no --cluster-cidr, another part
// of the cluster's configuration does, and the masks cannot be judged.
func (a *Adapter) nodeRanges(opts *options.KubeControllerManagerOptions) (errs []error) {
	if strings.TrimSpace(opts.KubeCloudShared.ClusterCIDR) == "" {
		return nil
	}
	ranges, err := a.ClusterRanges(opts.KubeCloudShared.ClusterCIDR)
	if err != nil {
		return []error{err}
	}
	masks, err := setNodeCIDRMaskSizes(*opts.NodeIPAMController.NodeIPAMControllerConfiguration, ranges)
	if err != nil {
		return []error{err}
	}
	for i, cidr := range ranges {
		// NewNodeIpamController, which wants a client, restated.
		if ones, _ := cidr.Mask.Size(); masks[i] < ones {
			errs = append(errs, fmt.Errorf("Controller: Invalid --cluster-cidr, mask size of cluster CIDR must be less than or equal to --node-cidr-mask-size configured for CIDR family: node mask /%d does not fit into cluster range %s", masks[i], cidr))
		} else if _, err := cidrset.NewCIDRSet(cidr, masks[i]); err != nil {
			errs = append(errs, fmt.Errorf("cluster range %s with node mask /%d: %w", cidr, masks[i], err))
		}
	}
	return errs
}
