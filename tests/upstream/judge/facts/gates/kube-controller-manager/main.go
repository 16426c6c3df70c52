// Prints the feature gates that kube-controller-manager of this minor knows.
package main

import (
	"os"

	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	"plimsoll.example/upstream/judge/facts"
)

func main() {
	app.NewControllerManagerCommand() // registers some, and may change a default
	os.Exit(facts.PrintGates())
}
