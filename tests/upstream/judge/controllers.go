// Controller-manager flags, one a line: upstream's flag set and option validation, the leader elector's
// checks, and the node IPAM controller's reading of masks and ranges.
package judge

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	cloudprovider "k8s.io/cloud-provider"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
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
	errs = append(errs, loggingErrors(opts.Logs)...)
	errs = append(errs, tlsErrors(opts.SecureServing.MinTLSVersion, opts.SecureServing.BindPort)...)
	errs = append(errs, electionErrors(opts.Generic.LeaderElection)...)
	if err := a.attachDetach(opts); err != nil {
		errs = append(errs, err)
	}
	if err := a.cloudProvider(opts); err != nil {
		errs = append(errs, err)
	}
	started := opts.KubeCloudShared.AllocateNodeCIDRs && runs(opts, "nodeipam", "node-ipam-controller")
	for _, err := range a.nodeRanges(opts, started) {
		if !started {
			err = ours{err}
		}
		errs = append(errs, err)
	}
	return errs
}

// nodeRanges is the start of the node IPAM controller. Where the file states no --cluster-cidr, another part
// of the cluster's configuration does, and the masks cannot be judged. A controller that these flags do not start is not made, as
// up to 1.26 it ends the process where it refuses: the reading of its flags is all that is asked.
func (a *Adapter) nodeRanges(opts *options.KubeControllerManagerOptions, started bool) []error {
	if strings.TrimSpace(opts.KubeCloudShared.ClusterCIDR) == "" {
		return nil
	}
	ranges, err := a.ClusterRanges(opts.KubeCloudShared.ClusterCIDR)
	if err != nil {
		return []error{err}
	}
	masks, err := setNodeCIDRMaskSizes(*opts.NodeIPAMController.NodeIPAMControllerConfiguration, ranges)
	if err != nil || !started {
		return flatten(err)
	}
	client, err := kubernetes.NewForConfig(&rest.Config{Host: "127.0.0.1:1", Transport: noNodes{}})
	if err != nil {
		return []error{err}
	}
	nodePollInterval = time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return flatten(a.StartRanges(ctx, Ranges{
		Client: client, Nodes: informers.NewSharedInformerFactory(client, 0),
		Cluster: ranges, Masks: masks, Kind: opts.KubeCloudShared.CIDRAllocatorType,
	}))
}

// noNodes is an API server whose cluster has no nodes yet.
type noNodes struct{}

func (noNodes) RoundTrip(request *http.Request) (*http.Response, error) {
	body := `{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}`
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Request: request,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)),
	}, nil
}

// cloudProvider is createCloudProvider's check of 1.31, which later minors make when they validate the flags, and for which earlier
// ones register providers that are part of Kubernetes.
func (a *Adapter) cloudProvider(opts *options.KubeControllerManagerOptions) error {
	name := opts.KubeCloudShared.CloudProvider.Name
	if a.Minor != "1.31" || name == "" || cloudprovider.IsExternal(name) {
		return nil
	}
	_, err := cloudprovider.InitCloudProvider(name, "")
	return err
}

// attachDetach is startAttachDetachController's check of 1.25, which later minors make when they validate the flags. What it
// goes on to do needs volume plugins.
func (a *Adapter) attachDetach(opts *options.KubeControllerManagerOptions) error {
	if a.Minor == "1.25" && runs(opts, "attachdetach") && opts.AttachDetachController.ReconcilerSyncLoopPeriod.Duration < time.Second {
		return fmt.Errorf("duration time must be greater than one second as set via command line option reconcile-sync-loop-period")
	}
	return nil
}

// runs tells whether --controllers leaves a controller on that is on by default, by any of its names: the first entry
// that has one counts (k8s.io/controller-manager app/helper.go IsControllerEnabled).
func runs(opts *options.KubeControllerManagerOptions, names ...string) bool {
	for _, entry := range opts.Generic.Controllers {
		if name, off := strings.CutPrefix(entry, "-"); slices.Contains(names, name) {
			return !off
		}
	}
	return slices.Contains(opts.Generic.Controllers, "*")
}
