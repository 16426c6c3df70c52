package main

import "github.com/coreos/pkg/capnslog"

// config.go of 3.4 logs through a variable of its package that another file declares.
var plog = capnslog.NewPackageLogger("go.etcd.io/etcd", "etcdmain")
