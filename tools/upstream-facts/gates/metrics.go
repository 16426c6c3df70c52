package gates

import (
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	metricsfeatures "k8s.io/component-base/metrics/features"
)

// The package exists from 1.26 on; run.sh leaves this file out before.
func init() {
	registrars = append(registrars, func() error { return metricsfeatures.AddFeatureGates(utilfeature.DefaultMutableFeatureGate) })
}
