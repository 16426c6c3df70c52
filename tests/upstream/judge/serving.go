// What a component refuses of its logging and of its server when it starts, after it has validated its flags.
package judge

import (
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
)

// loggingErrors are of ValidateAndApply, which a process can apply once.
func loggingErrors(logging *logsapi.LoggingConfiguration) []error {
	return flatten(logsapi.Validate(logging, utilfeature.DefaultFeatureGate, nil).ToAggregate())
}

// tlsErrors are of the version that a server is to begin with, which it reads when it is made; one without a port is not made.
func tlsErrors(version string, port int) []error {
	if port <= 0 {
		return nil
	}
	_, err := cliflag.TLSVersion(version)
	return flatten(err)
}
