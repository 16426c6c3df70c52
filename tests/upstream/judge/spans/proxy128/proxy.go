// Package proxy128: what kube-proxy chooses when it completes its options, from 1.28 on.
package proxy128

import (
	_ "unsafe" // for go:linkname

	"k8s.io/kubernetes/cmd/kube-proxy/app"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
)

// Platform is its choice, which validation then sees.
func Platform(options *app.Options, config *proxyconfig.KubeProxyConfiguration, before bool) error {
	if before {
		platformApplyDefaults(options, config)
	}
	return nil
}

//go:linkname platformApplyDefaults k8s.io/kubernetes/cmd/kube-proxy/app.(*Options).platformApplyDefaults
func platformApplyDefaults(options *app.Options, config *proxyconfig.KubeProxyConfiguration)
