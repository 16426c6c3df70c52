// Command fields prints, as JSON, what one Kubernetes minor says about itself: every field of the three
// component configuration types with its default, and every feature gate with its default, stage and lock.
//
// It is built once per minor against that minor's own modules (see run.sh), so that nothing in its output was typed
// by hand. It reads types by reflection and calls upstream's own defaulting functions; it never parses documents.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"upstream-facts/gates"

	proxyv1alpha1 "k8s.io/kube-proxy/config/v1alpha1"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	kubeletdefaults "k8s.io/kubernetes/pkg/kubelet/apis/config/v1beta1"
	proxydefaults "k8s.io/kubernetes/pkg/proxy/apis/config/v1alpha1"
	schedulerdefaults "k8s.io/kubernetes/pkg/scheduler/apis/config/v1"

	"k8s.io/apimachinery/pkg/runtime"
)

// Facts is the whole answer for one minor.
type Facts struct {
	Fields []Field      `json:"fields"`
	Gates  []gates.Gate `json:"gates"`
}

func main() {
	evictionHard, err := readEvictionDefaults(os.Getenv("KUBERNETES_SOURCE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "fields:", err)
		os.Exit(1)
	}
	facts := Facts{Gates: gates.List()}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kubeletdefaults.AddToScheme, proxydefaults.AddToScheme, schedulerdefaults.AddToScheme} {
		if err := add(scheme); err != nil {
			fmt.Fprintln(os.Stderr, "fields:", err)
			os.Exit(1)
		}
	}

	kubelet := &kubeletv1beta1.KubeletConfiguration{}
	scheme.Default(kubelet)
	if kubelet.EvictionHard == nil {
		// From 1.26 the kubelet adds these while it loads its file, not in the defaulting function.
		kubelet.EvictionHard = evictionHard
	}
	proxy := &proxyv1alpha1.KubeProxyConfiguration{}
	scheme.Default(proxy)
	scheduler := &schedulerv1.KubeSchedulerConfiguration{}
	scheme.Default(scheduler)

	facts.Fields = append(facts.Fields, fields("kubelet", kubelet)...)
	facts.Fields = append(facts.Fields, fields("kube-proxy", proxy)...)
	facts.Fields = append(facts.Fields, fields("kube-scheduler", scheduler)...)
	for _, config := range scheduler.Profiles[0].PluginConfig {
		if config.Args.Object != nil {
			facts.Fields = append(facts.Fields, fields("kube-scheduler/profiles[].pluginConfig["+config.Name+"].args", config.Args.Object)...)
		}
	}
	sort.Slice(facts.Fields, func(i, j int) bool { return facts.Fields[i].Path < facts.Fields[j].Path })

	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(facts); err != nil {
		fmt.Fprintln(os.Stderr, "fields:", err)
		os.Exit(1)
	}
}
