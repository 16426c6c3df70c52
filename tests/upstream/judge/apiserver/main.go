// Package apiserver is what the kube-apiserver programs of all minors share: its flags and gates listed, and flags judged by
// its own options.
package apiserver

import (
	"fmt"
	"os"

	_ "k8s.io/component-base/logs/json/register" // as the real one
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"plimsoll.example/upstream/judge/facts"
	"plimsoll.example/upstream/judge/sibling"
)

// Main is a minor's main.
func Main(complete Complete) int {
	if status, asked := sibling.Serve(complete.answer); asked {
		return status
	}
	if status, asked := sibling.ServeBatch(complete.batch); asked {
		return status
	}
	if len(os.Args) == 2 && os.Args[1] == "--facts" {
		document := facts.Document{Fields: facts.Flags("kube-apiserver", app.NewAPIServerCommand().Flags())}
		document.Gates = facts.Gates() // after the command, which may change a default
		return document.Print()
	}
	fmt.Fprintln(os.Stderr, "usage: apiserver --facts\n\nFlags are judged by the judge built beside it: judge --single kube-apiserver-flags FILE")
	return 2
}
