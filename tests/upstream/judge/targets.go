// Files in the form a distribution takes: kubeadm's documents, and the kubelet settings inside an EKS
// NodeConfig. What is embedded is judged as the component's own file; kubeadm's kinds are decoded strictly.
package judge

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

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

func (a *Adapter) kubeadmFile(path string) (dropped []string, errs []error) {
	data, err := os.ReadFile(path)
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
			lost, more = proxyDocument(doc)
		case gv.Group == kubeadm.GroupName:
			lost, more = a.kubeadmDocument(doc, gv)
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

// kubeadmDocument decodes strictly, as kubeadm itself reports lost fields only as warnings, and hands the
// controller-manager's arguments on.
func (a *Adapter) kubeadmDocument(doc []byte, gv schema.GroupVersion) (dropped []string, errs []error) {
	if !slices.Contains(a.KubeadmVersions, gv.Version) {
		return nil, []error{fmt.Errorf("kubeadm %s does not accept %s", a.Minor, gv)}
	}
	codecs := serializer.NewCodecFactory(kubeadmscheme.Scheme, serializer.EnableStrict)
	obj, _, err := codecs.UniversalDecoder().Decode(doc, nil, nil)
	if err != nil {
		return split(err)
	}
	cluster, ok := obj.(*kubeadm.ClusterConfiguration)
	if !ok {
		return nil, nil
	}
	args := []string{}
	if cluster.Networking.PodSubnet != "" {
		args = append(args, "--cluster-cidr="+cluster.Networking.PodSubnet) // kubeadm passes it on
	}
	for _, arg := range cluster.ControllerManager.ExtraArgs {
		args = append(args, "--"+arg.Name+"="+arg.Value)
	}
	for _, e := range controllerArgs(args) {
		errs = append(errs, fmt.Errorf("controllerManager.extraArgs: %w", e))
	}
	return nil, errs
}

// nodeadmFile judges spec.kubelet.config, which nodeadm lays over its own settings as a drop-in does.
func (a *Adapter) nodeadmFile(path string) (dropped []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	var node struct {
		typeMeta
		Spec struct {
			Kubelet struct {
				Config map[string]any `json:"config"`
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
	config := node.Spec.Kubelet.Config
	config["apiVersion"], config["kind"] = "kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"
	doc, err := yaml.Marshal(config)
	if err != nil {
		return nil, []error{err}
	}
	return a.embeddedKubelet(doc)
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
