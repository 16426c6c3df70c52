// Package cgroup133: the host's cgroup version, from 1.33 on, where runc's package became a module of its own.
package cgroup133

import (
	_ "unsafe" // for go:linkname

	"github.com/opencontainers/cgroups"
)

// Set replaces upstream's cached answer about the host.
func Set(two bool) {
	cgroups.IsCgroup2UnifiedMode() // asks the host once; the cached answer is replaced after that
	isUnified = two
}

//go:linkname isUnified github.com/opencontainers/cgroups.isUnified
var isUnified bool
