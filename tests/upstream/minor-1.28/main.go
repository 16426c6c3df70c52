// The judge of Kubernetes 1.28: each part by the package that fits it, named after the first minor it fits.
package main

import (
	"os"

	"plimsoll.example/upstream/judge"
	"plimsoll.example/upstream/judge/spans/cgroup125"
	"plimsoll.example/upstream/judge/spans/controllers128"
	"plimsoll.example/upstream/judge/spans/ipam127"
	"plimsoll.example/upstream/judge/spans/kubeadm125"
	"plimsoll.example/upstream/judge/spans/load125"
	"plimsoll.example/upstream/judge/spans/logs125"
	"plimsoll.example/upstream/judge/spans/node128"
	"plimsoll.example/upstream/judge/spans/proxy128"
	"plimsoll.example/upstream/judge/spans/ranges126"
	"plimsoll.example/upstream/judge/spans/scheduler128"
)

var adapter = &judge.Adapter{
	Minor:           "1.28",
	Module:          "v1.28.15",
	KubeadmVersions: []string{"v1beta3"},

	SetCgroup2:          cgroup125.Set,
	LoadKubelet:         load125.Load,
	LogManagerError:     logs125.Error,
	NewNode:             node128.New,
	LoadScheduler:       scheduler128.Load,
	BuildScheduler:      scheduler128.Build,
	ControllerFlags:     controllers128.Flags,
	ValidateControllers: controllers128.Validate,
	ClusterRanges:       ranges126.Parse,
	StartRanges:         ipam127.Start,
	ProxyPlatform:       proxy128.Platform,
	ExtraArgs:           kubeadm125.Args,
}

func main() { os.Exit(judge.Main(adapter)) }
