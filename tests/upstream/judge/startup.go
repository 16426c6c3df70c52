// Stage 2: a kubelet file on the machine it is for. These are the steps of the kubelet's run() and of
// NewContainerManager, in their order, each by upstream's own function. NewContainerManager itself cannot
// be called: it opens the test machine's cgroups and creates a device plugin folder.
package judge

import (
	"fmt"
	"maps"
	"strconv"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
)

func (a *Adapter) kubeletStart(j *Job) []error {
	if j.Machine == nil {
		return []error{fmt.Errorf("no machine is stated, so start-up cannot be judged")}
	}
	if err := j.Machine.Check(); err != nil {
		return []error{err}
	}
	kc, err := a.LoadKubelet(j.Path)
	if err != nil {
		return []error{err}
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(kc.FeatureGates); err != nil {
		return flatten(err)
	}
	return a.start(kc, j)
}

// start is what follows when the kubelet's configuration is read and its gates are set.
func (a *Adapter) start(kc *kubeletconfig.KubeletConfiguration, j *Job) []error {
	cadvisor, err := j.Machine.Cadvisor()
	if err != nil {
		return []error{err}
	}
	node, err := a.NewNode(cadvisor)
	if err != nil {
		return []error{err}
	}
	errs := a.restatedErrors(kc, j.Machine)
	errs = append(errs, cgroupNameErrors(kc)...)
	errs = append(errs, a.parseErrors(kc)...)
	errs = append(errs, numaErrors(kc, j.Machine)...)
	return append(errs, managerErrors(kc, node, j)...)
}

// parseErrors are of values that validation leaves to start-up.
func (a *Adapter) parseErrors(kc *kubeletconfig.KubeletConfiguration) (errs []error) {
	if _, err := cm.ParseQOSReserved(kc.QOSReserved); err != nil {
		errs = append(errs, fmt.Errorf("--qos-reserved value failed to parse: %w", err))
	}
	if err := a.LogManagerError(kc); err != nil {
		errs = append(errs, err)
	}
	if _, err := eviction.ParseThresholdConfig(kc.EnforceNodeAllocatable, kc.EvictionHard, kc.EvictionSoft,
		kc.EvictionSoftGracePeriod, kc.EvictionMinimumReclaim); err != nil {
		errs = append(errs, err)
	}
	return errs
}

// managerErrors builds the managers on what is reserved, then compares what is left with the plan.
func managerErrors(kc *kubeletconfig.KubeletConfiguration, node Node, j *Job) []error {
	reserved, err := node.ReserveCPUs(kc.ReservedSystemCPUs)
	if err != nil {
		return []error{err}
	}
	kube, system, errs := reservations(kc, reserved)
	if len(errs) > 0 {
		return errs
	}
	// The managers are built before the disk is known; the final check and the node status come after.
	capacity := node.Capacity()
	early, err := reservation(kc, capacity, kube, system)
	if err != nil {
		return []error{err}
	}
	if err := node.TopologyManager(kc); err != nil {
		return []error{err}
	}
	if err := node.CPUManager(kc, early); err != nil {
		errs = append(errs, err)
	}
	if err := node.MemoryManager(kc, early); err != nil {
		errs = append(errs, err)
	}
	if kc.LocalStorageCapacityIsolation {
		capacity[v1.ResourceEphemeralStorage] = *resource.NewQuantity(j.Machine.EphemeralStorageBytes, resource.BinarySI)
	}
	late, err := reservation(kc, capacity, kube, system)
	if err != nil {
		return append(errs, err)
	}
	errs = append(errs, capacityErrors(capacity, late)...)
	status, err := node.Status(kc, capacity, late)
	if err != nil {
		return append(errs, err)
	}
	return append(errs, allocatableErrors(status.Allocatable, j.Allocatable)...)
}

// reservations reads kubeReserved and systemReserved. As in run(), an explicit CPU set replaces the CPU
// share of both.
func reservations(kc *kubeletconfig.KubeletConfiguration, reservedCPUs int) (kube, system v1.ResourceList, errs []error) {
	kubeReserved, systemReserved := maps.Clone(kc.KubeReserved), maps.Clone(kc.SystemReserved)
	if reservedCPUs > 0 {
		delete(kubeReserved, "cpu")
		if systemReserved == nil {
			systemReserved = map[string]string{}
		}
		systemReserved["cpu"] = strconv.Itoa(reservedCPUs)
	}
	kube, err := parseResourceList(kubeReserved)
	if err != nil {
		errs = append(errs, fmt.Errorf("--kube-reserved value failed to parse: %w", err))
	}
	if system, err = parseResourceList(systemReserved); err != nil {
		errs = append(errs, fmt.Errorf("--system-reserved value failed to parse: %w", err))
	}
	return kube, system, errs
}

// reservation is the container manager's GetNodeAllocatableReservation: a method of an unexported type, so
// its one sum is written again here around upstream's own eviction share.
func reservation(kc *kubeletconfig.KubeletConfiguration, capacity, kube, system v1.ResourceList) (v1.ResourceList, error) {
	thresholds, err := eviction.ParseThresholdConfig(nil, kc.EvictionHard, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	evict := hardEvictionReservation(thresholds, capacity)
	sum := v1.ResourceList{}
	for name := range capacity {
		total := resource.NewQuantity(0, resource.DecimalSI)
		for _, part := range []v1.ResourceList{system, kube, evict} {
			total.Add(part[name])
		}
		if !total.IsZero() {
			sum[name] = *total
		}
	}
	return sum, nil
}

// capacityErrors is the container manager's validateNodeAllocatable, in its words.
func capacityErrors(capacity, reservation v1.ResourceList) (errs []error) {
	for name, reserved := range reservation {
		have := capacity[name]
		if have.Cmp(reserved) < 0 {
			errs = append(errs, fmt.Errorf("invalid Node Allocatable configuration. Resource %q has a reservation of %s but capacity of %s. Expected capacity >= reservation.", name, reserved.String(), have.String()))
		}
	}
	return errs
}
