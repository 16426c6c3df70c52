// Package apiserver132: the completion of kube-apiserver's options, from 1.32 on, where it takes a context.
package apiserver132

import (
	"context"

	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"plimsoll.example/upstream/judge/apiserver"
)

// Complete checks some options and derives others.
func Complete(opts *options.ServerRunOptions) (apiserver.Completed, error) {
	return opts.Complete(context.Background())
}
