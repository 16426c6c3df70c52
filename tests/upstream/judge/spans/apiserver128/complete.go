// Package apiserver128: the completion of kube-apiserver's options, from 1.28 on, where it moved to the options.
package apiserver128

import (
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"plimsoll.example/upstream/judge/apiserver"
)

// Complete checks some options and derives others.
func Complete(opts *options.ServerRunOptions) (apiserver.Completed, error) { return opts.Complete() }
