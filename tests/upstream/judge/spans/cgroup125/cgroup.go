// Package cgroup125: the host's cgroup version, from 1.25 on.
package cgroup125

import (
	_ "unsafe" // for go:linkname

	"github.com/opencontainers/runc/libcontainer/cgroups"
)

// Set replaces upstream's cached answer about the host.
func Set(two bool) {
	cgroups.IsCgroup2UnifiedMode() // asks the host once; the cached answer is replaced after that
	isUnified = two
}

//go:linkname isUnified github.com/opencontainers/runc/libcontainer/cgroups.isUnified
var isUnified bool
