// The judge of Kubernetes 1.35: each part by the package that fits it, named after the first minor it fits.
package main

import (
	"os"

	"plimsoll.example/upstream/judge"
	"plimsoll.example/upstream/judge/spans/cgroup133"
	"plimsoll.example/upstream/judge/spans/controllers129"
	"plimsoll.example/upstream/judge/spans/ipam129"
	"plimsoll.example/upstream/judge/spans/kubeadm129"
	"plimsoll.example/upstream/judge/spans/load134"
	"plimsoll.example/upstream/judge/spans/logs130"
	"plimsoll.example/upstream/judge/spans/merge128"
	"plimsoll.example/upstream/judge/spans/node135"
	"plimsoll.example/upstream/judge/spans/proxy128"
	"plimsoll.example/upstream/judge/spans/ranges126"
	"plimsoll.example/upstream/judge/spans/scheduler128"
)

var adapter = &judge.Adapter{
	Minor:           "1.35",
	Module:          "v1.35.8",
	KubeadmVersions: []string{"v1beta3", "v1beta4"},

	SetCgroup2:          cgroup133.Set,
	LoadKubelet:         load134.Load,
	MergeDropIns:        merge128.Merge,
	LogManagerError:     logs130.Error,
	NewNode:             node135.New,
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
