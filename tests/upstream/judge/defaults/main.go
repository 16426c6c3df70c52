// Writes the configuration of kubelet, kube-proxy and kube-scheduler as this minor's own defaulting functions fill an empty
// one, and compares what two minors wrote, field by field. It imports the configuration types and none of the
// components' commands, so that it builds in less than half of a judge's time.
//
//	defaults --write DIR              a .yaml per component, and fields.json with every field
//	defaults --compare OLD NEW        differences of two fields.json
//
// 1.25 has no hard thresholds that could be asked for, so minors from 1.26 on can be built.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime"
	proxyv1alpha1 "k8s.io/kube-proxy/config/v1alpha1"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	kubeletscheme "k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	"k8s.io/kubernetes/pkg/kubelet/eviction"
	proxyscheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	schedulerscheme "k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"sigs.k8s.io/yaml"
)

func main() {
	err := fmt.Errorf("usage: defaults --write DIR | --compare OLD NEW")
	switch {
	case len(os.Args) == 3 && os.Args[1] == "--write":
		err = write(os.Args[2])
	case len(os.Args) == 4 && os.Args[1] == "--compare":
		err = compare(os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "defaults:", err)
		os.Exit(2)
	}
}

func write(dir string) error {
	kubelet, _, err := kubeletscheme.NewSchemeAndCodecs()
	if err != nil {
		return err
	}
	// What loadConfigFile adds to the defaulting functions, which leave it out.
	node := &kubeletv1beta1.KubeletConfiguration{EvictionHard: eviction.DefaultEvictionHard}
	all := map[string]json.RawMessage{}
	for _, one := range []struct {
		component string
		scheme    *runtime.Scheme
		object    runtime.Object
	}{
		{"kubelet", kubelet, node},
		{"kube-proxy", proxyscheme.Scheme, &proxyv1alpha1.KubeProxyConfiguration{}},
		{"kube-scheduler", schedulerscheme.Scheme, &schedulerv1.KubeSchedulerConfiguration{}},
	} {
		one.scheme.Default(one.object)
		kinds, _, err := one.scheme.ObjectKinds(one.object)
		if err != nil {
			return err
		}
		one.object.GetObjectKind().SetGroupVersionKind(kinds[0])
		text, err := yaml.Marshal(one.object)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, one.component+".yaml"), text, 0o644); err != nil {
			return err
		}
		if err := fields(one.component+"/", one.object, all); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "fields.json"), text, 0o644)
}
