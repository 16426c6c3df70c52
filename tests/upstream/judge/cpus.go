// Lists of CPUs as Linux and the kubelet write them. Upstream's own reader moved between minors, and the planned machine is
// not upstream's business.
package judge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parseCPUs reads "0-3,8" into ascending numbers.
func parseCPUs(list string) ([]int, error) {
	cpus := []int{}
	if list == "" {
		return cpus, nil
	}
	for _, part := range strings.Split(list, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err := strconv.Atoi(low)
		if err != nil {
			return nil, err
		}
		last, err := strconv.Atoi(high)
		if err != nil {
			return nil, err
		}
		if last < first {
			return nil, fmt.Errorf("%q is an empty range", part)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, cpu)
		}
	}
	slices.Sort(cpus)
	return slices.Compact(cpus), nil
}
