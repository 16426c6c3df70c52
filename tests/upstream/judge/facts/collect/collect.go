// Package collect gathers the facts of one minor for which its components' own code must run: what their loaders make of
// an empty configuration, what their flags write, which plugins and controllers they have.
package collect

import (
	"fmt"
	"os"

	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"plimsoll.example/upstream/judge/facts"
)

// Print is the program's --facts; load is the kubelet's loadConfigFile.
func Print(load func(path string) (*kubeletconfig.KubeletConfiguration, error)) int {
	document, err := collect(load)
	if err != nil {
		fmt.Fprintln(os.Stderr, "facts:", err)
		return 2
	}
	return document.Print()
}

func collect(load func(path string) (*kubeletconfig.KubeletConfiguration, error)) (*facts.Document, error) {
	temp, err := os.MkdirTemp("", "upstream-facts-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	// Gates and flags before anything else, because probing sets gates.
	d := &facts.Document{Gates: facts.Gates()}
	flags, err := flagSets()
	if err != nil {
		return nil, err
	}
	if err := kubelet(d, flags["kubelet"], temp, load); err != nil {
		return nil, fmt.Errorf("kubelet: %w", err)
	}
	if err := scheduler(d, flags["kube-scheduler"]); err != nil {
		return nil, fmt.Errorf("kube-scheduler: %w", err)
	}
	if err := proxy(d, flags["kube-proxy"], temp); err != nil {
		return nil, fmt.Errorf("kube-proxy: %w", err)
	}
	// It has no configuration file that a user may pass, so there is nothing that its flags could set.
	d.Add(flags["kube-controller-manager"])
	return d, controllers(d)
}

// configure adds a component's flags, with what they set. A start of the component is either plain, or one in a
// state in which it reads more of its flags.
func configure(d *facts.Document, component string, flags []facts.Field, probes []string, starts ...func() (facts.Attempt, error)) error {
	undetermined := map[string]int{}
	for _, start := range starts {
		list, err := facts.Probe(component, flags, start, probes...)
		if err != nil {
			return err
		}
		for _, flag := range list {
			undetermined[flag]++
		}
		probes = nil // a whole file would undo the state of the other starts
	}
	for flag, times := range undetermined {
		if times == len(starts) {
			d.Undetermined = append(d.Undetermined, flag)
		}
	}
	d.Add(flags)
	return nil
}
