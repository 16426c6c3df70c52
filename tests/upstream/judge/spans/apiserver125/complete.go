// Package apiserver125: the completion of kube-apiserver's options, from 1.25 on.
package apiserver125

import (
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"plimsoll.example/upstream/judge/apiserver"
)

// Complete checks some options and derives others.
func Complete(opts *options.ServerRunOptions) (apiserver.Completed, error) { return app.Complete(opts) }
