// Package proxy126: what kube-proxy of 1.26 and 1.27 chooses while it starts, for the facts and for what it refuses then. From 1.28 on it chooses when
// it completes its options.
package proxy126

import (
	"fmt"
	_ "unsafe" // for go:linkname

	"k8s.io/kubernetes/cmd/kube-proxy/app" // holds what is linked below
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	"plimsoll.example/upstream/judge/facts/collect"
)

func init() {
	collect.PlatformDefaults = func(config *proxyconfig.KubeProxyConfiguration) (err error) {
		config.Mode = getProxyMode(config.Mode)
		config.DetectLocalMode, err = getDetectLocalMode(config)
		return err
	}
}

// Platform refuses a local mode that it does not know, when it has validated everything else.
func Platform(_ *app.Options, config *proxyconfig.KubeProxyConfiguration, before bool) error {
	if before {
		return nil
	}
	if _, err := getDetectLocalMode(config); err != nil {
		return fmt.Errorf("cannot determine detect-local-mode: %w", err)
	}
	return nil
}

//go:linkname getProxyMode k8s.io/kubernetes/cmd/kube-proxy/app.getProxyMode
func getProxyMode(proxyMode proxyconfig.ProxyMode) proxyconfig.ProxyMode

//go:linkname getDetectLocalMode k8s.io/kubernetes/cmd/kube-proxy/app.getDetectLocalMode
func getDetectLocalMode(config *proxyconfig.KubeProxyConfiguration) (proxyconfig.LocalMode, error)
