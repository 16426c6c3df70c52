// Prints the feature gates that kube-scheduler of this minor knows.
package main

import (
	"os"

	"k8s.io/kubernetes/cmd/kube-scheduler/app"
	"plimsoll.example/upstream/judge/facts"
)

func main() {
	app.NewSchedulerCommand() // registers some, and may change a default
	os.Exit(facts.PrintGates())
}
