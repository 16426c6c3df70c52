// Controller-manager flags, one a line: upstream's flag set and option validation, the leader elector's
// checks, and the node IPAM controller's reading of masks and ranges.
package judge

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/pkg/controller/nodeipam/ipam/cidrset"
)

func controllerFlags(path string) []error {
	args, errs := flagLines(path)
	return append(errs, controllerArgs(args)...)
}

func controllerArgs(args []string) (errs []error) {
	opts, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		return append(errs, err)
	}
	all, off, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	flags := pflag.NewFlagSet("kube-controller-manager", pflag.ContinueOnError)
	sets := opts.Flags(all, off, aliases)
	globalflag.AddGlobalFlags(sets.FlagSet("global"), "kube-controller-manager", logs.SkipLoggingConfigurationFlags())
	for _, set := range sets.FlagSets {
		flags.AddFlagSet(set)
	}
	// One parse per line: the parser stops at its first mistake, and all of them are wanted.
	parsed := false
	for _, arg := range args {
		if err := flags.Parse([]string{arg}); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", arg, err))
		} else {
			parsed = true
		}
	}
	if len(args) > 0 && !parsed {
		return errs
	}
	// Where upstream keeps gates in a registry, validating them is what applies them.
	errs = append(errs, flatten(opts.Validate(all, off, aliases))...)
	errs = append(errs, electionErrors(opts.Generic.LeaderElection)...)
	return append(errs, nodeRanges(opts)...)
}

// nodeRanges is the start of the node IPAM controller. Where the file states no --cluster-cidr, another part
// of the cluster's configuration does, and the masks cannot be judged.
func nodeRanges(opts *options.KubeControllerManagerOptions) (errs []error) {
	if strings.TrimSpace(opts.KubeCloudShared.ClusterCIDR) == "" {
		return nil
	}
	ranges, err := validateCIDRs(opts.KubeCloudShared.ClusterCIDR)
	if err != nil {
		return []error{err}
	}
	masks, err := setNodeCIDRMaskSizes(*opts.NodeIPAMController.NodeIPAMControllerConfiguration, ranges)
	if err != nil {
		return []error{err}
	}
	for i, cidr := range ranges {
		// Upstream shifts by the difference without looking at its sign: a mask shorter than the range's own
		// gives a set without a single node.
		if ones, _ := cidr.Mask.Size(); masks[i] < ones {
			errs = append(errs, fmt.Errorf("node mask /%d does not fit into cluster range %s", masks[i], cidr))
		} else if _, err := cidrset.NewCIDRSet(cidr, masks[i]); err != nil {
			errs = append(errs, fmt.Errorf("cluster range %s with node mask /%d: %w", cidr, masks[i], err))
		}
	}
	return errs
}

// flagLines reads a flags file: one --flag=value a line, '#' comments and empty lines apart.
func flagLines(path string) (args []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, _, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(line, "--") || strings.ContainsAny(name, " \t") {
			errs = append(errs, fmt.Errorf("%q is not a line of the form --flag=value", line))
			continue
		}
		if seen[name] {
			// Upstream takes the last one in silence.
			errs = append(errs, fmt.Errorf("%s is given twice", name))
		}
		seen[name] = true
		args = append(args, line)
	}
	return args, errs
}
