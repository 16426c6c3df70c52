// kube-apiserver of Kubernetes 1.29, as far as its flags and gates go.
package main

import (
	"os"

	"plimsoll.example/upstream/judge/apiserver"
	"plimsoll.example/upstream/judge/spans/apiserver128"
)

func main() { os.Exit(apiserver.Main(apiserver128.Complete)) }
