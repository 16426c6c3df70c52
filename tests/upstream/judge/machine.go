// The planned machine, as plan.json states it, in the form upstream's start-up code reads: cadvisor's
// machine description. Its Go type moved between minors but its JSON did not, so the JSON is built here
// and each minor reads it into its own type.
package judge

import (
	"encoding/json"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Machine is `nodeClasses.<class>.machine` of a plan.json.
type Machine struct {
	CPUs                  int        `json:"cpus"`
	ThreadsPerCore        int        `json:"threadsPerCore"`
	Sockets               int        `json:"sockets"`
	MemoryBytes           int64      `json:"memoryBytes"`
	NUMA                  []NUMANode `json:"numa"`
	EphemeralStorageBytes int64      `json:"ephemeralStorageBytes"`
	Cgroup                int        `json:"cgroup"`
	SwapBytes             int64      `json:"swapBytes"`
	OnlineCPUs            string     `json:"onlineCpus"`
}

// NUMANode is one memory node. Huge pages are page counts by page size ("2Mi": 512). Cores and distances are
// there where the spec states them.
type NUMANode struct {
	ID          int              `json:"id"`
	CPUs        string           `json:"cpus"`
	MemoryBytes int64            `json:"memoryBytes"`
	HugePages   map[string]int64 `json:"hugepages"`
	Cores       []string         `json:"cores"`
	Distances   []uint64         `json:"distances"`
}

// Check says what is missing or contradictory. A machine that is guessed at would make every verdict of
// stage 2 worthless, so nothing has a default here.
func (m *Machine) Check() error {
	switch {
	case m.CPUs <= 0, m.ThreadsPerCore <= 0, m.Sockets <= 0, m.MemoryBytes <= 0:
		return fmt.Errorf("machine: cpus, threadsPerCore, sockets and memoryBytes must be positive")
	case m.Cgroup != 1 && m.Cgroup != 2:
		return fmt.Errorf("machine: cgroup is %d, not 1 or 2", m.Cgroup)
	case len(m.NUMA) == 0:
		return fmt.Errorf("machine: numa is empty; a machine without NUMA has one node")
	}
	all, memory := []int{}, int64(0)
	for _, n := range m.NUMA {
		cpus, err := parseCPUs(n.CPUs)
		if err != nil {
			return fmt.Errorf("machine: cpus of NUMA node %d: %w", n.ID, err)
		}
		for _, cpu := range cpus {
			if slices.Contains(all, cpu) {
				return fmt.Errorf("machine: NUMA node %d shares CPU %d with another one", n.ID, cpu)
			}
		}
		all, memory = append(all, cpus...), memory+n.MemoryBytes
	}
	slices.Sort(all)
	online, err := parseCPUs(m.OnlineCPUs)
	if err != nil {
		return fmt.Errorf("machine: onlineCpus: %w", err)
	}
	if !slices.Equal(online, all) || len(online) != m.CPUs {
		return fmt.Errorf("machine: cpus %d, onlineCpus %v and the NUMA nodes' CPUs %v disagree", m.CPUs, online, all)
	}
	if memory > m.MemoryBytes {
		return fmt.Errorf("machine: the NUMA nodes hold %d bytes, memoryBytes is %d", memory, m.MemoryBytes)
	}
	return nil
}

type cadvisorPages struct {
	SizeKiB uint64 `json:"page_size"`
	Count   uint64 `json:"num_pages"`
}

type cadvisorCore struct {
	ID      int   `json:"core_id"`
	Threads []int `json:"thread_ids"`
	Socket  int   `json:"socket_id"`
}

type cadvisorNode struct {
	ID        int             `json:"node_id"`
	Memory    uint64          `json:"memory"`
	HugePages []cadvisorPages `json:"hugepages"`
	Cores     []cadvisorCore  `json:"cores"`
	Distances []uint64        `json:"distances"`
}

// Cadvisor is the machine in cadvisor's JSON.
func (m *Machine) Cadvisor() ([]byte, error) {
	nodes, total := []cadvisorNode{}, map[uint64]uint64{}
	nextCore := 0
	for i, n := range m.NUMA {
		cpus, err := parseCPUs(n.CPUs)
		if err != nil {
			return nil, err
		}
		cores, err := m.cores(n, cpus, &nextCore)
		if err != nil {
			return nil, fmt.Errorf("machine: NUMA node %d: %w", n.ID, err)
		}
		node := cadvisorNode{ID: n.ID, Memory: uint64(n.MemoryBytes), HugePages: []cadvisorPages{}, Cores: cores}
		// With fewer nodes than sockets the node spans sockets; otherwise the nodes are dealt out evenly.
		for c := range node.Cores {
			node.Cores[c].Socket = i * m.Sockets / len(m.NUMA)
			if m.Sockets > len(m.NUMA) {
				node.Cores[c].Socket += c * (m.Sockets / len(m.NUMA)) / len(node.Cores)
			}
		}
		for size, count := range n.HugePages {
			q, err := resource.ParseQuantity(size)
			if err != nil {
				return nil, fmt.Errorf("machine: huge page size %q: %w", size, err)
			}
			kib := uint64(q.Value() / 1024)
			node.HugePages = append(node.HugePages, cadvisorPages{SizeKiB: kib, Count: uint64(count)})
			total[kib] += uint64(count)
		}
		node.Distances = n.Distances
		for j := range m.NUMA {
			if len(n.Distances) > 0 {
				break
			}
			node.Distances = append(node.Distances, map[bool]uint64{true: 10, false: 21}[i == j])
		}
		nodes = append(nodes, node)
	}
	physical := 0
	for _, node := range nodes {
		physical += len(node.Cores)
	}
	pages := []cadvisorPages{}
	for kib, count := range total {
		pages = append(pages, cadvisorPages{SizeKiB: kib, Count: count})
	}
	return json.Marshal(map[string]any{
		"num_cores": m.CPUs, "num_physical_cores": physical, "num_sockets": m.Sockets,
		"memory_capacity": m.MemoryBytes, "swap_capacity": m.SwapBytes, "hugepages": pages, "topology": nodes,
	})
}

// cores are those the node states. Else SMT siblings are paired as Linux numbers them: the first threads of all
// of a node's cores come first, the second threads follow ("0-31,64-95" is 32 cores: 0+64, 1+65, …).
func (m *Machine) cores(node NUMANode, cpus []int, next *int) ([]cadvisorCore, error) {
	if len(node.Cores) > 0 {
		return statedCores(node, cpus, next)
	}
	if len(cpus)%m.ThreadsPerCore != 0 {
		return nil, fmt.Errorf("%d CPUs are not whole cores of %d threads", len(cpus), m.ThreadsPerCore)
	}
	count := len(cpus) / m.ThreadsPerCore
	cores := make([]cadvisorCore, count)
	for i := range cores {
		cores[i].ID = *next
		*next++
		for t := 0; t < m.ThreadsPerCore; t++ {
			cores[i].Threads = append(cores[i].Threads, cpus[t*count+i])
		}
	}
	return cores, nil
}

// statedCores reads the cores of a node, which must be all of its CPUs, each once.
func statedCores(node NUMANode, cpus []int, next *int) ([]cadvisorCore, error) {
	var cores []cadvisorCore
	seen := []int{}
	for _, text := range node.Cores {
		threads, err := parseCPUs(text)
		if err != nil {
			return nil, fmt.Errorf("core %q: %w", text, err)
		}
		cores = append(cores, cadvisorCore{ID: *next, Threads: threads})
		seen = append(seen, threads...)
		*next++
	}
	slices.Sort(seen)
	sorted := slices.Clone(cpus)
	slices.Sort(sorted)
	if !slices.Equal(seen, sorted) {
		return nil, fmt.Errorf("its cores are not its CPUs %s", node.CPUs)
	}
	return cores, nil
}
