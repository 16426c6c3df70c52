package collect

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"unsafe"

	"github.com/spf13/pflag"
	proxyv1alpha1 "k8s.io/kube-proxy/config/v1alpha1"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	proxyscheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	"plimsoll.example/upstream/judge/facts"
)

// PlatformDefaults is set in minors whose kube-proxy chooses its mode only while it starts, 1.25 to 1.27. Newer ones do so
// when they complete their options.
var PlatformDefaults func(*proxyconfig.KubeProxyConfiguration) error

func proxy(d *facts.Document, flags []facts.Field, temp string) error {
	file := filepath.Join(temp, "kube-proxy.yaml")
	if err := os.WriteFile(file, []byte("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"), 0o600); err != nil {
		return err
	}
	options, set, err := proxyOptions()
	if err != nil {
		return err
	}
	options.ConfigFile = file
	loaded, err := completeProxy(options, set)
	if err != nil {
		return err
	}
	after, err := versionedProxy(loaded)
	if err != nil {
		return err
	}
	defaulted, plain := &proxyv1alpha1.KubeProxyConfiguration{}, &proxyconfig.KubeProxyConfiguration{}
	proxyscheme.Scheme.Default(defaulted)
	if err := proxyscheme.Scheme.Convert(defaulted, plain, nil); err != nil {
		return err
	}
	before, err := versionedProxy(plain)
	if err != nil {
		return err
	}
	facts.Overlay(defaulted, before, after)
	d.Fields = append(d.Fields, facts.Fields("kube-proxy", defaulted)...)

	start := func(mode string) func() (facts.Attempt, error) {
		return func() (facts.Attempt, error) {
			options, set, err := proxyOptions()
			if err != nil {
				return facts.Attempt{}, err
			}
			return facts.Attempt{Flags: set, Config: func() (any, error) {
				config, err := completeProxy(options, set)
				if err != nil {
					return nil, err
				}
				return versionedProxy(config)
			}}, set.Set("proxy-mode", mode)
		}
	}
	// From 1.31 on kube-proxy looks at flags of a mode only in that mode.
	return configure(d, "kube-proxy", flags, []string{file}, start(""), start("ipvs"))
}

// proxyOptions are kube-proxy's options as its command makes them.
func proxyOptions() (*app.Options, *pflag.FlagSet, error) {
	options := app.NewOptions()
	// Up to 1.27 they begin empty.
	if old, ok := any(options).(interface {
		ApplyDefaults(*proxyconfig.KubeProxyConfiguration) (*proxyconfig.KubeProxyConfiguration, error)
	}); ok {
		config, err := proxyConfig(options)
		if err != nil {
			return nil, nil, err
		}
		if *config, err = old.ApplyDefaults(*config); err != nil {
			return nil, nil, err
		}
	}
	flags := pflag.NewFlagSet("kube-proxy", pflag.ContinueOnError)
	options.AddFlags(flags)
	return options, flags, nil
}

// proxyConfig is where the options keep the configuration, which they do not show.
func proxyConfig(options *app.Options) (**proxyconfig.KubeProxyConfiguration, error) {
	field := reflect.ValueOf(options).Elem().FieldByName("config")
	if !field.IsValid() || field.Type() != reflect.TypeOf((*proxyconfig.KubeProxyConfiguration)(nil)) {
		return nil, fmt.Errorf("its options have no configuration in a field config any more")
	}
	return (**proxyconfig.KubeProxyConfiguration)(unsafe.Pointer(field.UnsafeAddr())), nil
}

// completeProxy is the start of kube-proxy up to its validation.
func completeProxy(options *app.Options, flags *pflag.FlagSet) (*proxyconfig.KubeProxyConfiguration, error) {
	complete := reflect.ValueOf(options.Complete)
	arguments := []reflect.Value{reflect.ValueOf(flags)}[:complete.Type().NumIn()] // none in old minors
	if err, _ := complete.Call(arguments)[0].Interface().(error); err != nil {
		return nil, err
	}
	config, err := proxyConfig(options)
	if err != nil {
		return nil, err
	}
	if PlatformDefaults != nil {
		return *config, PlatformDefaults(*config)
	}
	return *config, nil
}

func versionedProxy(internal *proxyconfig.KubeProxyConfiguration) (*proxyv1alpha1.KubeProxyConfiguration, error) {
	versioned := &proxyv1alpha1.KubeProxyConfiguration{}
	return versioned, proxyscheme.Scheme.Convert(internal, versioned, nil)
}
