// Prints the feature gates that the kubelet of this minor knows.
package main

import (
	"os"

	_ "k8s.io/kubernetes/cmd/kubelet/app" // registers them
	"plimsoll.example/upstream/judge/facts"
)

func main() { os.Exit(facts.PrintGates()) }
