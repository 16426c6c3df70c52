// A KubeProxyConfiguration: strict decoding with upstream's defaults, feature gates, validation.
package judge

import (
	"fmt"
	"os"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	proxyscheme "k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	"k8s.io/kubernetes/pkg/proxy/apis/config/validation"
)

func proxyFile(path string) (dropped []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	if err := single(data); err != nil {
		errs = append(errs, err)
	}
	dropped, more := proxyDocument(data)
	return dropped, append(errs, more...)
}

func proxyDocument(data []byte) (dropped []string, errs []error) {
	obj, gvk, err := proxyscheme.Codecs.UniversalDecoder().Decode(data, nil, nil)
	if err != nil {
		return split(err)
	}
	config, ok := obj.(*proxyconfig.KubeProxyConfiguration)
	if !ok {
		return nil, []error{fmt.Errorf("%s is not a KubeProxyConfiguration", gvk)}
	}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(config.FeatureGates); err != nil {
		return nil, flatten(err)
	}
	for _, e := range validation.Validate(config) {
		errs = append(errs, e)
	}
	return nil, errs
}
