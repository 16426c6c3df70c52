// A KubeProxyConfiguration: strict decoding with upstream's defaults, feature gates, validation.
package judge

import (
	"fmt"
	"os"
	"reflect"
	_ "unsafe" // for go:linkname

	"k8s.io/apimachinery/pkg/util/validation/field"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kube-proxy/app"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	proxyscheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	"k8s.io/kubernetes/pkg/proxy/apis/config/validation"
)

func (a *Adapter) proxyFile(path string) (dropped []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	if err := single(data); err != nil {
		errs = append(errs, err)
	}
	dropped, more := a.proxyDocument(data)
	return dropped, append(errs, more...)
}

func (a *Adapter) proxyDocument(data []byte) (dropped []string, errs []error) {
	obj, gvk, err := proxyscheme.Codecs.UniversalDecoder().Decode(data, nil, nil)
	if err != nil {
		return split(err)
	}
	config, ok := obj.(*proxyconfig.KubeProxyConfiguration)
	if !ok {
		return nil, []error{fmt.Errorf("%s is not a KubeProxyConfiguration", gvk)}
	}
	return nil, a.proxyErrors(config)
}

// lenientProxy is what kube-proxy itself does: a field that it loses is no mistake to it.
func (a *Adapter) lenientProxy(data []byte) []error {
	config, err := loadProxy(app.NewOptions(), data)
	if err != nil {
		return []error{err}
	}
	return a.proxyErrors(config)
}

// proxyErrors are of the steps after loading: what the platform chooses, gates, logging, validation, what is chosen later.
func (a *Adapter) proxyErrors(config *proxyconfig.KubeProxyConfiguration) (errs []error) {
	options := app.NewOptions()
	if err := a.ProxyPlatform(options, config, true); err != nil {
		return []error{err}
	}
	for _, gate := range a.gatesOfOthers() {
		if _, stated := config.FeatureGates[gate]; stated {
			return []error{fmt.Errorf("unrecognized feature gate: %s", gate)}
		}
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(config.FeatureGates); err != nil {
		return flatten(err)
	}
	// A field since 1.28.
	if logging := reflect.ValueOf(config).Elem().FieldByName("Logging"); logging.IsValid() {
		for _, e := range logsapi.Validate(logging.Addr().Interface().(*logsapi.LoggingConfiguration), utilfeature.DefaultFeatureGate, field.NewPath("logging")) {
			errs = append(errs, e)
		}
	}
	for _, e := range validation.Validate(config) {
		errs = append(errs, e)
	}
	if err := a.ProxyPlatform(options, config, false); err != nil {
		errs = append(errs, err)
	}
	return errs
}

//go:linkname loadProxy k8s.io/kubernetes/cmd/kube-proxy/app.(*Options).loadConfig
func loadProxy(options *app.Options, data []byte) (*proxyconfig.KubeProxyConfiguration, error)

// gatesOfOthers are gates that the judge's process knows and kube-proxy's does not: up to 1.26 it did not register those of
// component-base's logs (cmd/kube-proxy/app/server.go), as the other components do.
func (a *Adapter) gatesOfOthers() []string {
	if a.Minor == "1.25" || a.Minor == "1.26" {
		return []string{"ContextualLogging", "LoggingAlphaOptions", "LoggingBetaOptions"}
	}
	return nil
}
