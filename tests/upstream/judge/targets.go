// Files in the form a distribution takes: kubeadm's documents, and the kubelet settings inside an EKS
// NodeConfig. What is embedded is judged as the component's own file; kubeadm's kinds are decoded strictly.
package judge

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm"
	kubeadmscheme "k8s.io/kubernetes/cmd/kubeadm/app/apis/kubeadm/scheme"
	"sigs.k8s.io/yaml"
)

type typeMeta struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
}

func (a *Adapter) kubeadmFile(j *Job) (dropped []string, errs []error) {
	data, err := os.ReadFile(j.Path)
	if err != nil {
		return nil, []error{err}
	}
	docs, err := documents(data)
	if err != nil {
		return nil, []error{err}
	}
	if len(docs) == 0 {
		return nil, []error{fmt.Errorf("the file holds no document")}
	}
	for _, doc := range docs {
		var meta typeMeta
		if err := yaml.Unmarshal(doc, &meta); err != nil {
			return dropped, append(errs, err)
		}
		var lost []string
		var more []error
		switch gv, _ := schema.ParseGroupVersion(meta.APIVersion); {
		case meta.Kind == "KubeletConfiguration":
			lost, more = a.embeddedKubelet(doc)
		case meta.Kind == "KubeProxyConfiguration":
			lost, more = a.proxyDocument(doc)
		case gv.Group == kubeadm.GroupName:
			lost, more = a.kubeadmDocument(j, doc, gv)
		default:
			more = []error{fmt.Errorf("no judge for a document of %s %s", meta.APIVersion, meta.Kind)}
		}
		for _, l := range lost {
			dropped = append(dropped, meta.Kind+": "+l)
		}
		for _, e := range more {
			errs = append(errs, fmt.Errorf("%s: %w", meta.Kind, e))
		}
	}
	return dropped, errs
}

// kubeadmDocument decodes strictly, as kubeadm itself reports lost fields only as warnings, and hands the components'
// arguments on.
func (a *Adapter) kubeadmDocument(j *Job, doc []byte, gv schema.GroupVersion) (dropped []string, errs []error) {
	if !slices.Contains(a.KubeadmVersions, gv.Version) {
		return nil, []error{fmt.Errorf("kubeadm %s does not accept %s", a.Minor, gv)}
	}
	codecs := serializer.NewCodecFactory(kubeadmscheme.Scheme, serializer.EnableStrict)
	obj, _, err := codecs.UniversalDecoder().Decode(doc, nil, nil)
	if err != nil {
		return split(err)
	}
	judge := func(where, kind string, args ...string) {
		lost, more := a.embeddedFlags(j, where, kind, args)
		dropped, errs = append(dropped, lost...), append(errs, more...)
	}
	switch config := obj.(type) {
	case *kubeadm.ClusterConfiguration:
		managed := []string{}
		if config.Networking.PodSubnet != "" {
			managed = append(managed, "--cluster-cidr="+config.Networking.PodSubnet) // kubeadm passes it on
		}
		judge("controllerManager.extraArgs", KindController, append(managed, a.ExtraArgs(config.ControllerManager)...)...)
		judge("scheduler.extraArgs", KindSchedulerFlags, a.ExtraArgs(config.Scheduler)...)
		judge("apiServer.extraArgs", KindAPIServer, a.ExtraArgs(config.APIServer.ControlPlaneComponent)...)
		if config.Etcd.Local != nil {
			judge("etcd.local.extraArgs", KindEtcd, a.ExtraArgs(kubeadm.ControlPlaneComponent{ExtraArgs: config.Etcd.Local.ExtraArgs})...)
		}
	case *kubeadm.InitConfiguration:
		judge("nodeRegistration.kubeletExtraArgs", KindKubeletFlags,
			a.ExtraArgs(kubeadm.ControlPlaneComponent{ExtraArgs: config.NodeRegistration.KubeletExtraArgs})...)
	case *kubeadm.JoinConfiguration:
		judge("nodeRegistration.kubeletExtraArgs", KindKubeletFlags,
			a.ExtraArgs(kubeadm.ControlPlaneComponent{ExtraArgs: config.NodeRegistration.KubeletExtraArgs})...)
	}
	return dropped, errs
}

// embeddedFlags has a list of arguments judged as that component's flags, in a process of its own: the components would
// share their gates otherwise.
func (a *Adapter) embeddedFlags(j *Job, where, kind string, args []string) (dropped []string, errs []error) {
	if len(args) == 0 {
		return nil, nil
	}
	temp, err := os.MkdirTemp("", "upstream-judge-")
	if err != nil {
		return nil, []error{err}
	}
	defer os.RemoveAll(temp)
	path := filepath.Join(temp, kind)
	if err := os.WriteFile(path, []byte(strings.Join(args, "\n")+"\n"), 0o600); err != nil {
		return nil, []error{err}
	}
	v := a.ask(Job{Kind: kind, Stage: StageFile, Path: path, Etcd: j.Etcd})
	if v.Verdict == "skipped" {
		j.note("%s: %s", where, v.Reason)
	}
	for _, note := range v.Notes {
		j.note("%s: %s", where, note)
	}
	for _, name := range v.Dropped {
		dropped = append(dropped, where+": "+name)
	}
	for _, text := range v.Errors {
		errs = append(errs, fmt.Errorf("%s: %s", where, text))
	}
	return dropped, errs
}

// nodeadmFile judges spec.kubelet.flags, and spec.kubelet.config, which nodeadm lays over its own settings as a drop-in
// does.
func (a *Adapter) nodeadmFile(j *Job) (dropped []string, errs []error) {
	data, err := os.ReadFile(j.Path)
	if err != nil {
		return nil, []error{err}
	}
	var node struct {
		typeMeta
		Spec struct {
			Kubelet struct {
				Config map[string]any `json:"config"`
				Flags  []string       `json:"flags"`
			} `json:"kubelet"`
		} `json:"spec"`
	}
	// The second reading is for duplicate keys, which the first takes the last of.
	var all map[string]any
	if err := yaml.UnmarshalStrict(data, &all); err != nil {
		return nil, []error{err}
	}
	if err := yaml.Unmarshal(data, &node); err != nil {
		return nil, []error{err}
	}
	if node.Kind != "NodeConfig" || len(node.Spec.Kubelet.Config) == 0 {
		return nil, []error{fmt.Errorf("the file is no NodeConfig with a spec.kubelet.config")}
	}
	dropped, errs = a.embeddedFlags(j, "spec.kubelet.flags", KindKubeletFlags, node.Spec.Kubelet.Flags)
	config := node.Spec.Kubelet.Config
	config["apiVersion"], config["kind"] = "kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"
	doc, err := yaml.Marshal(config)
	if err != nil {
		return nil, []error{err}
	}
	lost, more := a.embeddedKubelet(doc)
	return append(dropped, lost...), append(errs, more...)
}

// embeddedKubelet gives the kubelet's loader, which reads files, a file.
func (a *Adapter) embeddedKubelet(doc []byte) (dropped []string, errs []error) {
	temp, err := os.MkdirTemp("", "upstream-judge-")
	if err != nil {
		return nil, []error{err}
	}
	defer os.RemoveAll(temp)
	path := filepath.Join(temp, "kubelet.yaml")
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		return nil, []error{err}
	}
	return a.kubeletFile(path)
}
