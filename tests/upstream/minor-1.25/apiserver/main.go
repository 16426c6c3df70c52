// kube-apiserver of Kubernetes 1.25, as far as its flags and gates go.
package main

import (
	"os"

	"plimsoll.example/upstream/judge/apiserver"
	"plimsoll.example/upstream/judge/spans/apiserver125"
)

func main() { os.Exit(apiserver.Main(apiserver125.Complete)) }
