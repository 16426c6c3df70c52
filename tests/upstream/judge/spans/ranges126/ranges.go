// Package ranges126: the controller-manager's reading of --cluster-cidr, from 1.26 on.
package ranges126

import (
	"net"
	_ "unsafe" // for go:linkname

	_ "k8s.io/kubernetes/cmd/kube-controller-manager/app" // holds what is linked below
)

// Parse is the controller-manager's validateCIDRs.
func Parse(list string) ([]*net.IPNet, error) { return validateCIDRs(list) }

//go:linkname validateCIDRs k8s.io/kubernetes/cmd/kube-controller-manager/app.validateCIDRs
func validateCIDRs(list string) ([]*net.IPNet, error)
