// kube-proxy flags: its flag set, the completion of its options, its validation, and what it ignores beside a file.
package judge

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/spf13/pflag"
	"k8s.io/component-base/logs"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	"plimsoll.example/upstream/judge/cli"
)

// proxyFlags judges flags, together with the configuration file beside them if there is one. What --config names is a
// path on the node, and not read.
func (a *Adapter) proxyFlags(j *Job, flags []string) (dropped []string, errs []error) {
	options, set, err := proxyOptions()
	if err != nil {
		return nil, []error{err}
	}
	readable, errs := j.parseEach(set, flags)
	options.ConfigFile = j.Whole
	if err := completeProxy(options, set); err != nil {
		return nil, append(errs, flatten(err)...)
	}
	errs = append(errs, flatten(options.Validate())...)
	// From 1.28 on it has chosen while it completed its options.
	if err := a.ProxyPlatform(options, *proxyConfig(options), false); err != nil {
		errs = append(errs, err)
	}
	if j.Whole == "" {
		return nil, errs
	}
	for _, flag := range readable {
		if proxyLeft("", flag) && !proxyLeft(j.Whole, flag) {
			dropped = append(dropped, fmt.Sprintf("%s: kube-proxy ignores it beside a configuration file", flag))
		}
	}
	return dropped, errs
}

// proxyOptions are kube-proxy's options as its command makes them.
func proxyOptions() (*app.Options, *pflag.FlagSet, error) {
	options := app.NewOptions()
	// Up to 1.27 they begin empty.
	if old, ok := any(options).(interface {
		ApplyDefaults(*proxyconfig.KubeProxyConfiguration) (*proxyconfig.KubeProxyConfiguration, error)
	}); ok {
		config := proxyConfig(options)
		defaulted, err := old.ApplyDefaults(*config)
		if err != nil {
			return nil, nil, err
		}
		*config = defaulted
	}
	set := cli.New("kube-proxy")
	options.AddFlags(set)
	logs.AddFlags(set) // as cli.Run does; up to 1.27 it has none of its own
	return options, set, nil
}

// proxyConfig is the field that holds the configuration; it is not exported.
func proxyConfig(options *app.Options) **proxyconfig.KubeProxyConfiguration {
	field := reflect.ValueOf(options).Elem().FieldByName("config")
	return (**proxyconfig.KubeProxyConfiguration)(unsafe.Pointer(field.UnsafeAddr()))
}

// completeProxy hands over the flag set where upstream takes it, from 1.29 on.
func completeProxy(options *app.Options, set *pflag.FlagSet) error {
	complete := reflect.ValueOf(options.Complete)
	arguments := []reflect.Value{reflect.ValueOf(set)}[:complete.Type().NumIn()]
	err, _ := complete.Call(arguments)[0].Interface().(error)
	return err
}

// proxyLeft tells whether a flag leaves a trace in the configuration, beside a file or without one.
func proxyLeft(file, flag string) bool {
	configured := func(flags ...string) *proxyconfig.KubeProxyConfiguration {
		options, set, err := proxyOptions()
		if err != nil || set.Parse(flags) != nil {
			return nil
		}
		options.ConfigFile = file
		if completeProxy(options, set) != nil {
			return nil
		}
		return *proxyConfig(options)
	}
	return !reflect.DeepEqual(configured(), configured(flag))
}
