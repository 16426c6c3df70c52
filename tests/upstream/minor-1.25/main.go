// The judge of Kubernetes 1.25: each part by the package that fits it, named after the first minor it fits.
package main

import (
	"os"

	"plimsoll.example/upstream/judge"
	"plimsoll.example/upstream/judge/spans/cgroup125"
	"plimsoll.example/upstream/judge/spans/controllers125"
	"plimsoll.example/upstream/judge/spans/ipam125"
	"plimsoll.example/upstream/judge/spans/kubeadm125"
	"plimsoll.example/upstream/judge/spans/load125"
	"plimsoll.example/upstream/judge/spans/logs125"
	"plimsoll.example/upstream/judge/spans/node125"
	"plimsoll.example/upstream/judge/spans/proxy125"
	"plimsoll.example/upstream/judge/spans/ranges125"
	"plimsoll.example/upstream/judge/spans/scheduler125"
)

var adapter = &judge.Adapter{
	Minor:           "1.25",
	Module:          "v1.25.16",
	KubeadmVersions: []string{"v1beta2", "v1beta3"},

	SetCgroup2:          cgroup125.Set,
	LoadKubelet:         load125.Load,
	LogManagerError:     logs125.Error,
	NewNode:             node125.New,
	LoadScheduler:       scheduler125.Load,
	BuildScheduler:      scheduler125.Build,
	ControllerFlags:     controllers125.Flags,
	ValidateControllers: controllers125.Validate,
	ClusterRanges:       ranges125.Parse,
	StartRanges:         ipam125.Start,
	ProxyPlatform:       proxy125.Platform,
	ExtraArgs:           kubeadm125.Args,
}

func main() { os.Exit(judge.Main(adapter)) }
