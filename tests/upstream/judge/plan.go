// What the judge reads from a plan.json: versions, machines and promises; never a planned value, which it
// takes from the files alone.
package judge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Plan is the part of plan.json the judge needs.
type Plan struct {
	Kubernetes  string               `json:"kubernetes"`
	NodeClasses map[string]PlanClass `json:"nodeClasses"`
	Etcd        string               `json:"etcd"`

	// Facts by name: the names say which etcd was planned for, where etcd is not stated.
	Facts map[string]json.RawMessage `json:"facts"`
}

// PlanClass is one node class of it.
type PlanClass struct {
	Kubernetes  string            `json:"kubernetes"` // the kubelet's, where older than the cluster's
	Machine     *Machine          `json:"machine"`
	Allocatable map[string]string `json:"allocatable"`
	BaseFile    string            `json:"baseFile"`
}

// promised are the resources a plan must make a statement about.
var promised = []string{"cpu", "memory", "ephemeral-storage", "pods"}

func readPlan(tree string) (*Plan, error) {
	data, err := os.ReadFile(filepath.Join(tree, "plan.json"))
	if err != nil {
		return nil, err
	}
	var p Plan
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(tree, "plan.json"), err)
	}
	if p.Kubernetes == "" || len(p.NodeClasses) == 0 {
		return nil, fmt.Errorf("%s: kubernetes and nodeClasses must be stated", filepath.Join(tree, "plan.json"))
	}
	return &p, nil
}

// minor cuts "v1.34.2" to "1.34".
func minor(version string) string {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return version
	}
	return parts[0] + "." + parts[1]
}

// kubelet is the class's kubelet minor.
func (p *Plan) kubelet(class string) string {
	if v := p.NodeClasses[class].Kubernetes; v != "" {
		return minor(v)
	}
	return minor(p.Kubernetes)
}

// gap says which promise is missing, in the words of a finding.
func (c *PlanClass) gap(class string) error {
	if c.Machine == nil {
		return fmt.Errorf("plan.json states no nodeClasses.%s.machine, so start-up cannot be judged", class)
	}
	for _, name := range promised {
		if c.Allocatable[name] == "" {
			return fmt.Errorf("plan.json states no nodeClasses.%s.allocatable.%s to compare with", class, name)
		}
	}
	return nil
}
