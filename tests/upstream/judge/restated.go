// Checks that the kubelet makes by the way, in the middle of functions that cannot be called here: run(), NewMainKubelet
// and NewContainerManager. Each is written again in upstream's words, for the planned machine, with the minors that make it.
package judge

import (
	"fmt"
	"math"
	"reflect"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/featuregate"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

const still = math.MaxInt // the newest minor makes the check as well

type restatedCheck struct {
	first, last int
	check       func(*kubeletconfig.KubeletConfiguration, *Machine) error
}

var restated = []restatedCheck{
	{25, still, func(kc *kubeletconfig.KubeletConfiguration, m *Machine) error {
		if kc.FailSwapOn && m.SwapBytes > 0 {
			return fmt.Errorf("running with swap on is not supported, please disable swap or set --fail-swap-on flag to false")
		}
		return nil
	}},
	{30, still, func(kc *kubeletconfig.KubeletConfiguration, m *Machine) error {
		if enabled("NodeSwap") && m.Cgroup == 1 && kc.MemorySwap.SwapBehavior == "LimitedSwap" {
			return fmt.Errorf("swap feature is enabled and LimitedSwap but it is only supported with cgroupv2")
		}
		return nil
	}},
	{25, 32, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		if kc.CPUManagerPolicyOptions != nil && enabled("CPUManager") && !enabled("CPUManagerPolicyOptions") {
			return fmt.Errorf("CPU Manager policy options %v require feature gates \"CPUManager\", \"CPUManagerPolicyOptions\" enabled", kc.CPUManagerPolicyOptions)
		}
		return nil
	}},
	// The options are a field in 1.26 already, but read only while the other gate is on.
	{26, 26, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		if options := topologyOptions(kc); options != nil && enabled("TopologyManager") && !enabled("TopologyManagerPolicyOptions") {
			return fmt.Errorf("topology manager policy options %v require feature gates \"TopologyManager\", \"TopologyManagerPolicyOptions\" enabled", options)
		}
		return nil
	}},
	{27, still, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		if options := topologyOptions(kc); options != nil && !enabled("TopologyManagerPolicyOptions") {
			return fmt.Errorf("topology manager policy options %v require feature gates \"TopologyManagerPolicyOptions\" enabled", options)
		}
		return nil
	}},
	{25, still, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		if kc.SyncFrequency.Duration <= 0 {
			return fmt.Errorf("invalid sync frequency %d", kc.SyncFrequency.Duration)
		}
		return nil
	}},
	// BuildAuthz, in front of the webhook, which wants a client.
	{25, still, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		switch kc.Authorization.Mode {
		case kubeletconfig.KubeletAuthorizationModeAlwaysAllow, kubeletconfig.KubeletAuthorizationModeWebhook:
			return nil
		case "":
			return fmt.Errorf("no authorization mode specified")
		}
		return fmt.Errorf("unknown authorization mode %s", kc.Authorization.Mode)
	}},
	// NewMainKubelet, of a kubelet that has a cluster.
	{25, still, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		switch kc.ConfigMapAndSecretChangeDetectionStrategy {
		case kubeletconfig.WatchChangeDetectionStrategy, kubeletconfig.TTLCacheChangeDetectionStrategy, kubeletconfig.GetChangeDetectionStrategy:
			return nil
		}
		return fmt.Errorf("unknown configmap and secret manager mode: %v", kc.ConfigMapAndSecretChangeDetectionStrategy)
	}},
	// InitializeTLS.
	{25, still, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		_, err := cliflag.TLSVersion(kc.TLSMinVersion)
		return err
	}},
	{25, 25, func(*kubeletconfig.KubeletConfiguration, *Machine) error {
		if enabled("DynamicKubeletConfig") {
			return fmt.Errorf("cannot set feature gate DynamicKubeletConfig to true, feature is locked to false")
		}
		return nil
	}},
	{25, 26, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		if kc.SeccompDefault && !enabled("SeccompDefault") {
			return fmt.Errorf("the SeccompDefault feature gate must be enabled in order to use the SeccompDefault configuration")
		}
		return nil
	}},
	{25, 27, func(kc *kubeletconfig.KubeletConfiguration, _ *Machine) error {
		if kc.MakeIPTablesUtilChains && kc.IPTablesDropBit == kc.IPTablesMasqueradeBit {
			return fmt.Errorf("iptables-masquerade-bit and iptables-drop-bit must be different")
		}
		return nil
	}},
}

// enabled asks for a gate by name: a constant of it exists in some minors only, and the table says in which to ask.
func enabled(gate string) bool {
	return utilfeature.DefaultFeatureGate.Enabled(featuregate.Feature(gate))
}

// topologyOptions are the options of the topology manager's policy, by name, as 1.25 has no such field.
func topologyOptions(kc *kubeletconfig.KubeletConfiguration) map[string]string {
	field := reflect.ValueOf(kc).Elem().FieldByName("TopologyManagerPolicyOptions")
	if !field.IsValid() {
		return nil
	}
	return field.Interface().(map[string]string)
}

func (a *Adapter) restatedErrors(kc *kubeletconfig.KubeletConfiguration, m *Machine) (errs []error) {
	minor, err := minorNumber(a.Minor)
	if err != nil {
		return []error{err}
	}
	for _, r := range restated {
		if r.first <= minor && minor <= r.last {
			if err := r.check(kc, m); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errs
}
