package collect

import (
	"github.com/spf13/pflag"
	schedulerv1 "k8s.io/kube-scheduler/config/v1"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	schedulerscheme "k8s.io/kubernetes/pkg/scheduler/apis/config/scheme"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	"plimsoll.example/upstream/judge/facts"
)

func scheduler(d *facts.Document, flags []facts.Field) error {
	config := &schedulerv1.KubeSchedulerConfiguration{}
	schedulerscheme.Scheme.Default(config)
	d.Fields = append(d.Fields, facts.Fields("kube-scheduler", config)...)
	profile := config.Profiles[0]
	for _, plugin := range profile.PluginConfig {
		if plugin.Args.Object != nil {
			d.Fields = append(d.Fields, facts.Fields("kube-scheduler/profiles[].pluginConfig["+plugin.Name+"].args", plugin.Args.Object)...)
		}
	}
	weights := map[string]*int32{}
	for _, plugin := range profile.Plugins.MultiPoint.Enabled {
		weights[plugin.Name] = plugin.Weight
	}
	for name := range plugins.NewInTreeRegistry() {
		weight, enabled := weights[name]
		d.Plugins = append(d.Plugins, facts.Plugin{Name: name, Default: enabled, Weight: weight})
	}
	return configure(d, "kube-scheduler", flags, nil, schedulerAttempt)
}

// schedulerAttempt is the start of the scheduler up to its configuration, as in its Setup and ApplyTo without a file.
func schedulerAttempt() (facts.Attempt, error) {
	opts := options.NewOptions()
	config, err := latest.Default()
	if err != nil {
		return facts.Attempt{}, err
	}
	opts.ComponentConfig = config
	flags := pflag.NewFlagSet("kube-scheduler", pflag.ContinueOnError)
	for _, set := range opts.Flags.FlagSets {
		flags.AddFlagSet(set)
	}
	return facts.Attempt{Flags: flags, Config: func() (any, error) {
		opts.ApplyDeprecated()
		opts.ApplyLeaderElectionTo(opts.ComponentConfig)
		versioned := &schedulerv1.KubeSchedulerConfiguration{}
		return versioned, schedulerscheme.Scheme.Convert(opts.ComponentConfig, versioned, nil)
	}}, nil
}
