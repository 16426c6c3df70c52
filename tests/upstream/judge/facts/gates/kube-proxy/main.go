// Prints the feature gates that kube-proxy of this minor knows.
package main

import (
	"os"

	"k8s.io/kubernetes/cmd/kube-proxy/app"
	"plimsoll.example/upstream/judge/facts"
)

func main() {
	app.NewProxyCommand() // registers some, and may change a default
	os.Exit(facts.PrintGates())
}
