// Package proxy125: what kube-proxy of 1.25 chooses while it starts, for the facts. From 1.28 on it chooses when it
// completes its options.
package proxy125

import (
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kube-proxy/app" // holds what is linked below
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/iptables"
	"plimsoll.example/upstream/judge/facts/collect"
)

func init() {
	collect.PlatformDefaults = func(config *proxyconfig.KubeProxyConfiguration) (err error) {
		config.Mode = proxyconfig.ProxyMode(getProxyMode(string(config.Mode), true, anyKernel{}))
		config.DetectLocalMode, err = getDetectLocalMode(config)
		return err
	}
}

// anyKernel stands for the node's: 1.25 falls back to its userspace proxy on one without route_localnet.
type anyKernel struct{}

func (anyKernel) IsCompatible() error { return nil }

//go:linkname getProxyMode k8s.io/kubernetes/cmd/kube-proxy/app.getProxyMode
func getProxyMode(proxyMode string, canUseIPVS bool, kcompat iptables.KernelCompatTester) string

//go:linkname getDetectLocalMode k8s.io/kubernetes/cmd/kube-proxy/app.getDetectLocalMode
func getDetectLocalMode(config *proxyconfig.KubeProxyConfiguration) (proxyconfig.LocalMode, error)
