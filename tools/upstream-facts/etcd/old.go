package main

import "github.com/coreos/pkg/capnslog"

// What the copied file of 3.4 and our dump expect of their package, and newer ones have in it.
var (
	plog            = capnslog.NewPackageLogger("go.etcd.io/etcd", "etcdmain")
	deprecatedFlags map[string]string
)
