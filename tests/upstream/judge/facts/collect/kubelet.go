package collect

import (
	"os"
	"path/filepath"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/runtime"
	cliflag "k8s.io/component-base/cli/flag"
	kubeletv1beta1 "k8s.io/kubelet/config/v1beta1"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	kubeletscheme "k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	"plimsoll.example/upstream/judge/facts"
)

// kubelet loads an empty file, because loading adds to what the defaulting functions set: evictionHard, from 1.26.
func kubelet(d *facts.Document, flags []facts.Field, temp string, load func(string) (*kubeletconfig.KubeletConfiguration, error)) error {
	scheme, _, err := kubeletscheme.NewSchemeAndCodecs()
	if err != nil {
		return err
	}
	file := filepath.Join(temp, "kubelet.yaml")
	if err := os.WriteFile(file, []byte("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"), 0o600); err != nil {
		return err
	}
	internal, err := load(file)
	if err != nil {
		return err
	}
	after, err := versionedKubelet(scheme, internal)
	if err != nil {
		return err
	}
	defaulted, plain := &kubeletv1beta1.KubeletConfiguration{}, &kubeletconfig.KubeletConfiguration{}
	scheme.Default(defaulted)
	if err := scheme.Convert(defaulted, plain, nil); err != nil {
		return err
	}
	before, err := versionedKubelet(scheme, plain)
	if err != nil {
		return err
	}
	facts.Overlay(defaulted, before, after)
	d.Fields = append(d.Fields, facts.Fields("kubelet", defaulted)...)
	return configure(d, "kubelet", flags, nil, func() (facts.Attempt, error) {
		config, flags, err := kubeletFlags()
		return facts.Attempt{Flags: flags, Config: func() (any, error) { return versionedKubelet(scheme, config) }}, err
	})
}

// kubeletFlags are those of its flags that write to a configuration, with it.
func kubeletFlags() (*kubeletconfig.KubeletConfiguration, *pflag.FlagSet, error) {
	config, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, nil, err
	}
	flags := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	options.AddKubeletConfigFlags(flags, config)
	return config, flags, nil
}

func versionedKubelet(scheme *runtime.Scheme, internal *kubeletconfig.KubeletConfiguration) (*kubeletv1beta1.KubeletConfiguration, error) {
	versioned := &kubeletv1beta1.KubeletConfiguration{}
	return versioned, scheme.Convert(internal, versioned, nil)
}
