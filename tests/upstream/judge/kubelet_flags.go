// Kubelet flags: its flag set, the checks of its flags, and its configuration with the flags laid over it.
package judge

import (
	"fmt"

	"github.com/spf13/pflag"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"plimsoll.example/upstream/judge/cli"
	"plimsoll.example/upstream/judge/sibling"
)

// kubeletFlags judges flags, together with the configuration file beside them if there is one. What --config names is a
// path on the node, and not read.
func (a *Adapter) kubeletFlags(j *Job, flags []string) (dropped []string, errs []error) {
	kc, errs := a.flaggedKubelet(j, flags)
	if kc == nil {
		return nil, errs
	}
	return nil, append(errs, validateKubelet(kc)...)
}

// flaggedKubelet is the configuration that they come to; nothing where upstream stops on the way.
func (a *Adapter) flaggedKubelet(j *Job, flags []string) (*kubeletconfig.KubeletConfiguration, []error) {
	own, kc, set, err := kubeletOptions()
	if err != nil {
		return nil, []error{err}
	}
	// Required in 1.26, where it is not yet a field of the configuration with a default.
	if endpoint := set.Lookup("container-runtime-endpoint"); endpoint != nil && !sibling.Has(flags, endpoint.Name) {
		_ = endpoint.Value.Set("unix:///run/containerd/containerd.sock")
	}
	readable, errs := j.parseEach(set, flags)
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(kc.FeatureGates); err != nil {
		return nil, append(errs, flatten(err)...)
	}
	if err := options.ValidateKubeletFlags(own); err != nil {
		errs = append(errs, flatten(err)...)
	}
	// NewContainerGC, which has no other part in it.
	if own.MinimumGCAge.Duration < 0 {
		errs = append(errs, fmt.Errorf("invalid minimum garbage collection age: %v", own.MinimumGCAge.Duration))
	}
	if j.Whole != "" {
		if kc, err = a.LoadKubelet(j.Whole); err != nil {
			return nil, append(errs, err)
		}
		if err := kubeletConfigFlagPrecedence(kc, readable); err != nil {
			return nil, append(errs, err)
		}
	}
	return kc, errs
}

// kubeletOptions are the kubelet's options and their flags as its command makes them.
func kubeletOptions() (*options.KubeletFlags, *kubeletconfig.KubeletConfiguration, *pflag.FlagSet, error) {
	own := options.NewKubeletFlags()
	kc, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, nil, nil, err
	}
	set := cli.New("kubelet")
	own.AddFlags(set)
	options.AddKubeletConfigFlags(set, kc)
	options.AddGlobalFlags(set)
	return own, kc, set, nil
}
