// Checks that upstream's functions do not make on a planned node: found by resolving names, or missing upstream; and the
// comparison with what the plan promises.
package judge

import (
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
)

// cgroupNameErrors resolves the names of enforced reservations as the cgroup driver would. The systemd
// driver keeps the last path element only, so a longer path silently means another cgroup.
func cgroupNameErrors(kc *kubeletconfig.KubeletConfiguration) (errs []error) {
	for field, name := range map[string]string{"kubeReservedCgroup": kc.KubeReservedCgroup, "systemReservedCgroup": kc.SystemReservedCgroup} {
		key := strings.TrimSuffix(strings.Replace(field, "Reserved", "-reserved", 1), "Cgroup")
		enforced := slices.ContainsFunc(kc.EnforceNodeAllocatable, func(word string) bool { return strings.HasPrefix(word, key) })
		// The driver cannot name the root, which is read where something is enforced on it.
		if name == "" || path.Clean("/"+name) == "/" && !enforced {
			continue
		}
		if kc.CgroupDriver != "systemd" {
			if len(cm.ParseCgroupfsToCgroupName(name)) == 0 {
				errs = append(errs, objection("%s: %q is the root cgroup", field, name))
			}
			continue
		}
		meant, said := cm.ParseSystemdToCgroupName(name).ToSystemd(), path.Clean("/"+name)
		if !slices.Contains([]string{said, strings.TrimSuffix(said, "/") + ".slice"}, meant) {
			errs = append(errs, objection("%s: the systemd driver reads %q as %q", field, name, meant))
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
				errs = append(errs, objection("reservedMemory of NUMA node %d is %s, more than the %s it has beside its huge pages", n.ID, asked.String(), free.String()))
			}
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
