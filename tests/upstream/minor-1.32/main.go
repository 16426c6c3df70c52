// The judge of Kubernetes 1.32: each part by the package that fits it, named after the first minor it fits.
package main

import (
	"os"

	"plimsoll.example/upstream/judge"
	"plimsoll.example/upstream/judge/spans/cgroup125"
	"plimsoll.example/upstream/judge/spans/controllers129"
	"plimsoll.example/upstream/judge/spans/ipam129"
	"plimsoll.example/upstream/judge/spans/kubeadm129"
	"plimsoll.example/upstream/judge/spans/load125"
	"plimsoll.example/upstream/judge/spans/logs130"
	"plimsoll.example/upstream/judge/spans/merge128"
	"plimsoll.example/upstream/judge/spans/node128"
	"plimsoll.example/upstream/judge/spans/proxy128"
	"plimsoll.example/upstream/judge/spans/ranges126"
	"plimsoll.example/upstream/judge/spans/scheduler128"
)

var adapter = &judge.Adapter{
	Minor:           "1.32",
	Module:          "v1.32.13",
	KubeadmVersions: []string{"v1beta3", "v1beta4"},

	SetCgroup2:          cgroup125.Set,
	LoadKubelet:         load125.Load,
	MergeDropIns:        merge128.Merge,
	LogManagerError:     logs130.Error,
	NewNode:             node128.New,
	LoadScheduler:       scheduler128.Load,
	BuildScheduler:      scheduler128.Build,
	ControllerFlags:     controllers129.Flags,
	ValidateControllers: controllers129.Validate,
	ClusterRanges:       ranges126.Parse,
	StartRanges:         ipam129.Start,
	ProxyPlatform:       proxy128.Platform,
	ExtraArgs:           kubeadm129.Args,
}

func main() { os.Exit(judge.Main(adapter)) }
