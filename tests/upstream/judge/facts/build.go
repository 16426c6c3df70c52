package facts

import (
	"runtime/debug"
	"sort"
	"strings"
)

// versions names the release of k8s.io/kubernetes this program was built from, and the staging modules that were taken
// from another patch of the minor.
func versions() (kubernetes string, others []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", nil
	}
	for _, module := range info.Deps {
		if module.Path == "k8s.io/kubernetes" {
			kubernetes = module.Version
		}
	}
	for _, module := range info.Deps {
		// Staging modules are published as v0.N.P; what else is replaced is upstream's own pin.
		r := module.Replace
		if r == nil || !strings.HasPrefix(module.Path, "k8s.io/") || !strings.HasPrefix(r.Version, "v0.") || strings.Contains(r.Version, "-") {
			continue
		}
		if "v1"+strings.TrimPrefix(r.Version, "v0") != kubernetes {
			others = append(others, strings.TrimPrefix(module.Path, "k8s.io/")+" "+r.Version)
		}
	}
	sort.Strings(others)
	return kubernetes, others
}
