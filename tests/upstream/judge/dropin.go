// A drop-in of the kubelet's --config-dir. The kubelet reads it without any field check, so stage 1 reads it
// strictly; stage 3 merges it by the kubelet's own code onto the main file it is meant for and demands the
// configuration that kubelet.yaml alone would load to. Then both ways of installing a plan mean the same.
package judge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sort"
	"strings"

	apiequality "k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubeletconfigv1beta1 "k8s.io/kubelet/config/v1beta1"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	kubeletv1beta1 "k8s.io/kubernetes/pkg/kubelet/apis/config/v1beta1"
)

// emptyMain is the least a main file can be.
const emptyMain = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"

func (a *Adapter) dropInFile(path string) (dropped []string, errs []error) {
	if a.MergeDropIns == nil {
		errs = append(errs, fmt.Errorf("the kubelet of %s reads no drop-in by --config-dir alone", a.Minor))
	}
	if filepath.Ext(path) != ".conf" {
		errs = append(errs, fmt.Errorf("the kubelet skips drop-ins that do not end in .conf"))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, append(errs, err)
	}
	dropped, strict := strictKubelet(data)
	dropped = slices.DeleteFunc(dropped, inAnyCase)
	errs = append(errs, strict...)
	if err := single(data); err != nil {
		errs = append(errs, err)
	}
	return dropped, errs
}

// inAnyCase says whether encoding/json finds a field, as it does whatever the case of its letters. By it the kubelet reads
// what it merged.
func inAnyCase(said string) bool {
	match := lost.FindStringSubmatch(said)
	return match != nil && isField(strings.Split(match[2], "."), reflect.TypeFor[kubeletconfigv1beta1.KubeletConfiguration]())
}

func isField(path []string, of reflect.Type) bool {
	for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
		of = of.Elem()
	}
	if len(path) == 0 {
		return true
	}
	if of.Kind() == reflect.Map {
		return isField(path[1:], of.Elem())
	}
	if of.Kind() != reflect.Struct {
		return false
	}
	key, _, _ := strings.Cut(path[0], "[")
	for i := range of.NumField() {
		tag, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if tag != "" && strings.EqualFold(tag, key) {
			return isField(path[1:], of.Field(i).Type)
		}
	}
	return false
}

func (a *Adapter) dropInMerge(j *Job) []error {
	temp, err := os.MkdirTemp("", "upstream-judge-")
	if err != nil {
		return []error{err}
	}
	defer os.RemoveAll(temp)
	base := j.Base
	if base == "" {
		base = filepath.Join(temp, "main.yaml")
		if err := os.WriteFile(base, []byte(emptyMain), 0o600); err != nil {
			return []error{err}
		}
	}
	whole, err := a.LoadKubelet(j.Whole)
	if err != nil {
		return []error{fmt.Errorf("%s does not load: %w", filepath.Base(j.Whole), err)}
	}
	whole = whole.DeepCopy()
	merged, err := a.LoadKubelet(base)
	if err != nil {
		return []error{fmt.Errorf("base %s does not load: %w", base, err)}
	}
	// The loader hands out its map of default thresholds itself, and the merge of old minors writes into it.
	merged = merged.DeepCopy()
	if err := a.MergeDropIns(merged, filepath.Dir(j.Path)); err != nil {
		return []error{err}
	}
	// Minors that merge the internal type (≤ 1.31) leave the drop-in's apiVersion and kind in it; nothing reads them.
	merged.TypeMeta, whole.TypeMeta = metav1.TypeMeta{}, metav1.TypeMeta{}
	if apiequality.Semantic.DeepEqual(merged, whole) {
		return nil
	}
	return differences(merged, whole)
}

// differences names the fields, in the spelling of the files.
func differences(merged, whole *kubeletconfig.KubeletConfiguration) (errs []error) {
	left, err := fields(merged)
	if err != nil {
		return []error{err}
	}
	right, err := fields(whole)
	if err != nil {
		return []error{err}
	}
	names := map[string]bool{}
	for name := range left {
		names[name] = true
	}
	for name := range right {
		names[name] = true
	}
	sorted := []string{}
	for name := range names {
		if left[name] != right[name] {
			sorted = append(sorted, name)
		}
	}
	sort.Strings(sorted)
	for _, name := range sorted {
		errs = append(errs, fmt.Errorf("%s: the merged drop-in gives %s, kubelet.yaml gives %s", name, said(left[name]), said(right[name])))
	}
	if len(errs) == 0 {
		errs = append(errs, fmt.Errorf("the merged drop-in and kubelet.yaml differ in a field that v1beta1 cannot express"))
	}
	return errs
}

func said(value string) string {
	if value == "" {
		return "nothing"
	}
	return value
}

// fields flattens a configuration to v1beta1 paths; lists stay whole, as the merge replaces them whole.
func fields(kc *kubeletconfig.KubeletConfiguration) (map[string]string, error) {
	versioned := &kubeletconfigv1beta1.KubeletConfiguration{}
	if err := kubeletv1beta1.Convert_config_KubeletConfiguration_To_v1beta1_KubeletConfiguration(kc, versioned, nil); err != nil {
		return nil, err
	}
	data, err := json.Marshal(versioned)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	flat := map[string]string{}
	walk("", tree, flat)
	return flat, nil
}

func walk(path string, value any, flat map[string]string) {
	if object, ok := value.(map[string]any); ok {
		for key, child := range object {
			next := key
			if path != "" {
				next = path + "." + key
			}
			walk(next, child, flat)
		}
		return
	}
	text, _ := json.Marshal(value)
	flat[path] = string(text)
}
