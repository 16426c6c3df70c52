// Stage 2: a kubelet file on the machine it is for. These are the steps of the kubelet's run() and of
// NewContainerManager, in their order, each by upstream's own function. NewContainerManager itself cannot
// be called: it opens the test machine's cgroups and creates a device plugin folder.
package judge

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	"k8s.io/kubernetes/pkg/kubelet/logs"
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
	cadvisor, err := j.Machine.Cadvisor()
	if err != nil {
		return []error{err}
	}
	node, err := a.NewNode(cadvisor)
	if err != nil {
		return []error{err}
	}
	errs := a.OptionsGateErrors(kc)
	errs = append(errs, hostErrors(kc, j.Machine)...)
	errs = append(errs, cgroupNameErrors(kc)...)
	if _, err := cm.ParseQOSReserved(kc.QOSReserved); err != nil {
		errs = append(errs, fmt.Errorf("--qos-reserved value failed to parse: %w", err))
	}
	if _, err := logs.NewContainerLogManager(nil, nil, kc.ContainerLogMaxSize, int(kc.ContainerLogMaxFiles),
		int(kc.ContainerLogMaxWorkers), kc.ContainerLogMonitorInterval); err != nil {
		errs = append(errs, err)
	}
	if _, err := eviction.ParseThresholdConfig(kc.EnforceNodeAllocatable, kc.EvictionHard, kc.EvictionSoft,
		kc.EvictionSoftGracePeriod, kc.EvictionMinimumReclaim); err != nil {
		errs = append(errs, err)
	}

	reserved, err := node.ReservedCPUs(kc.ReservedSystemCPUs)
	if err != nil {
		return append(errs, err)
	}
	kubeReserved, systemReserved := clone(kc.KubeReserved), clone(kc.SystemReserved)
	if reserved.Size() > 0 {
		// As in run(): an explicit set replaces both CPU reservations.
		delete(kubeReserved, "cpu")
		systemReserved["cpu"] = strconv.Itoa(reserved.Size())
	}
	kube, err := parseResourceList(kubeReserved)
	if err != nil {
		errs = append(errs, fmt.Errorf("--kube-reserved value failed to parse: %w", err))
	}
	system, err2 := parseResourceList(systemReserved)
	if err2 != nil {
		errs = append(errs, fmt.Errorf("--system-reserved value failed to parse: %w", err2))
	}
	if err != nil || err2 != nil {
		return errs
	}

	// The managers are built before the disk is known; the final check and the node status come after.
	capacity := node.Capacity()
	early, err := reservation(kc, capacity, kube, system)
	if err != nil {
		return append(errs, err)
	}
	if err := node.TopologyManager(kc); err != nil {
		return append(errs, err)
	}
	if err := node.CPUManager(kc, reserved, early); err != nil {
		errs = append(errs, err)
	}
	if err := node.MemoryManager(kc, early); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, numaErrors(kc, j.Machine)...)
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

// allocatableErrors compares what the kubelet would report with what the plan promises.
func allocatableErrors(upstream v1.ResourceList, plan map[string]string) (errs []error) {
	names := []string{}
	for name := range plan {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		have, known := upstream[v1.ResourceName(name)]
		if !known {
			errs = append(errs, fmt.Errorf("allocatable %s: the plan says %s, the kubelet reports none", name, plan[name]))
			continue
		}
		want, err := resource.ParseQuantity(plan[name])
		if err != nil {
			errs = append(errs, fmt.Errorf("allocatable %s: the plan says %q: %w", name, plan[name], err))
		} else if want.Cmp(have) != 0 {
			errs = append(errs, fmt.Errorf("allocatable %s: the plan says %s, the kubelet reports %s (%s)", name, plan[name], have.String(), have.AsDec().String()))
		}
	}
	return errs
}

// hostErrors are checks upstream makes on the live host, restated for the planned one.
func hostErrors(kc *kubeletconfig.KubeletConfiguration, m *Machine) (errs []error) {
	if kc.FailSwapOn && m.SwapBytes > 0 {
		errs = append(errs, fmt.Errorf("running with swap on is not supported, please disable swap or set --fail-swap-on flag to false"))
	}
	if m.Cgroup == 1 && kc.MemorySwap.SwapBehavior == "LimitedSwap" {
		errs = append(errs, fmt.Errorf("swap feature is enabled and LimitedSwap but it is only supported with cgroupv2"))
	}
	return errs
}

// cgroupNameErrors resolves the names of enforced reservations as the cgroup driver would. The systemd
// driver keeps the last path element only, so a longer path silently means another cgroup.
func cgroupNameErrors(kc *kubeletconfig.KubeletConfiguration) (errs []error) {
	for field, name := range map[string]string{"kubeReservedCgroup": kc.KubeReservedCgroup, "systemReservedCgroup": kc.SystemReservedCgroup} {
		if name == "" {
			continue
		}
		if kc.CgroupDriver != "systemd" {
			if len(cm.ParseCgroupfsToCgroupName(name)) == 0 {
				errs = append(errs, fmt.Errorf("%s: %q is the root cgroup", field, name))
			}
			continue
		}
		meant, said := cm.ParseSystemdToCgroupName(name).ToSystemd(), path.Clean("/"+name)
		if !slices.Contains([]string{said, strings.TrimSuffix(said, "/") + ".slice"}, meant) {
			errs = append(errs, fmt.Errorf("%s: the systemd driver reads %q as %q", field, name, meant))
		}
	}
	return errs
}

// numaErrors is no check of upstream's: the memory manager subtracts reservations from a NUMA node as
// unsigned numbers and wraps when they are larger. The kubelet starts; the node is useless.
func numaErrors(kc *kubeletconfig.KubeletConfiguration, m *Machine) (errs []error) {
	for _, r := range kc.ReservedMemory {
		for _, n := range m.NUMA {
			if int(r.NumaNode) != n.ID {
				continue
			}
			free := *resource.NewQuantity(n.MemoryBytes, resource.BinarySI)
			for size, count := range n.HugePages {
				page := resource.MustParse(size)
				free.Sub(*resource.NewQuantity(page.Value()*count, resource.BinarySI))
			}
			if asked := r.Limits[v1.ResourceMemory]; asked.Cmp(free) > 0 {
				errs = append(errs, fmt.Errorf("reservedMemory of NUMA node %d is %s, more than the %s it has beside its huge pages", n.ID, asked.String(), free.String()))
			}
		}
	}
	return errs
}

func clone(m map[string]string) map[string]string {
	c := map[string]string{}
	for k, v := range m {
		c[k] = v
	}
	return c
}
