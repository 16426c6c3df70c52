// Stage 1 for a KubeletConfiguration: strict decoding, the kubelet's own loading with its defaults,
// feature gates, and its validation.
package judge

import (
	"fmt"
	"os"
	"sync"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	kubeletscheme "k8s.io/kubernetes/pkg/kubelet/apis/config/scheme"
	"k8s.io/kubernetes/pkg/kubelet/apis/config/validation"
)

func (a *Adapter) kubeletFile(path string) (dropped []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	dropped, errs = strictKubelet(data)
	if len(errs) > 0 {
		return dropped, errs
	}
	if err := single(data); err != nil {
		errs = append(errs, err)
	}
	kc, err := a.LoadKubelet(path)
	if err != nil {
		return dropped, append(errs, err)
	}
	return dropped, append(errs, validateKubelet(kc)...)
}

// strictCodecs are made once: a batch decodes thousands of files.
var strictCodecs = sync.OnceValues(func() (*serializer.CodecFactory, error) {
	_, codecs, err := kubeletscheme.NewSchemeAndCodecs(serializer.EnableStrict)
	return codecs, err
})

// strictKubelet decodes without the lenient second attempt.
func strictKubelet(data []byte) (dropped []string, errs []error) {
	codecs, err := strictCodecs()
	if err != nil {
		return nil, []error{err}
	}
	obj, gvk, err := codecs.UniversalDecoder().Decode(data, nil, nil)
	if dropped, errs = split(err); err != nil {
		return dropped, errs
	}
	if _, ok := obj.(*kubeletconfig.KubeletConfiguration); !ok {
		return nil, []error{fmt.Errorf("%s is not a KubeletConfiguration", gvk)}
	}
	return nil, nil
}

// validateKubelet is what the kubelet's command does between loading and running: gates, then validation.
func validateKubelet(kc *kubeletconfig.KubeletConfiguration) []error {
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(kc.FeatureGates); err != nil {
		return flatten(err)
	}
	return flatten(validation.ValidateKubeletConfiguration(kc, utilfeature.DefaultFeatureGate))
}
