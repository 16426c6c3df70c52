package collect

import (
	managerapp "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	schedulerapp "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubeletoptions "k8s.io/kubernetes/cmd/kubelet/app/options"
	"plimsoll.example/upstream/judge/facts"
)

// flagSets lists every flag of each component, with the defaults of a process started without any.
func flagSets() (map[string][]facts.Field, error) {
	// First: in some minors it changes a gate's default, which is too late once another flag set names the gates.
	manager := facts.Flags("kube-controller-manager", managerapp.NewControllerManagerCommand().Flags())
	_, kubelet, err := kubeletFlags()
	if err != nil {
		return nil, err
	}
	// With those that do not write to the configuration, as the kubelet's command has them.
	kubeletoptions.NewKubeletFlags().AddFlags(kubelet)
	kubeletoptions.AddGlobalFlags(kubelet)
	// Flags that kube-proxy's libraries put on Go's own flag set (--boot-id-file, --machine-id-file) are not listed: here
	// that set holds those of all components' libraries.
	_, proxy, err := proxyOptions()
	if err != nil {
		return nil, err
	}
	return map[string][]facts.Field{
		"kubelet":                 facts.Flags("kubelet", kubelet),
		"kube-proxy":              facts.Flags("kube-proxy", proxy),
		"kube-scheduler":          facts.Flags("kube-scheduler", schedulerapp.NewSchedulerCommand().Flags()),
		"kube-controller-manager": manager,
	}, nil
}
