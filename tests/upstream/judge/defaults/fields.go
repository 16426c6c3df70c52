package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// keys are the lists whose elements are told apart by a field; every other list is one value.
var keys = map[string]string{
	"kube-scheduler/profiles":                                                   "SchedulerName",
	"kube-scheduler/profiles[*].pluginConfig":                                   "Name",
	"kube-scheduler/profiles[*].pluginConfig[*].args.resources":                 "Name",
	"kube-scheduler/profiles[*].pluginConfig[*].args.scoringStrategy.resources": "Name",
	"kube-scheduler/profiles[*].pluginConfig[*].args.shape":                     "Utilization",
}

var (
	marshaler = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	raw       = reflect.TypeOf(runtime.RawExtension{})
)

// fields enters every field of an object that holds something: false and 0 do, as a field without a pointer cannot be
// unset; nil and empty lists, maps and texts do not.
func fields(prefix string, object any, into map[string]json.RawMessage) error {
	return walk(prefix, strings.TrimSuffix(prefix, "/"), reflect.ValueOf(object).Elem(), into)
}

// walk enters what is below one struct; generic is its path with `*` for the keys of lists.
func walk(prefix, generic string, v reflect.Value, into map[string]json.RawMessage) error {
	t := v.Type()
	for i := 0; i < t.NumField(); i++ {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if t.Field(i).Type.Name() == "TypeMeta" || name == "-" {
			continue
		}
		if name == "" && (t.Field(i).Anonymous || strings.Contains(options, "inline")) {
			if err := walk(prefix, generic, v.Field(i), into); err != nil {
				return err
			}
			continue
		}
		separator := "."
		if !strings.Contains(generic, "/") {
			separator = "/"
		}
		if err := value(prefix+name, generic+separator+name, v.Field(i), into); err != nil {
			return err
		}
	}
	return nil
}

func value(path, generic string, v reflect.Value, into map[string]json.RawMessage) error {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		v = v.Elem()
	}
	if v.Type() == raw {
		object := v.Interface().(runtime.RawExtension).Object
		if object == nil {
			return nil
		}
		return walk(path+".", generic, reflect.ValueOf(object).Elem(), into)
	}
	leaf := v.Type().Implements(marshaler) || reflect.PointerTo(v.Type()).Implements(marshaler)
	switch {
	case leaf:
	case v.Kind() == reflect.Struct:
		return walk(path+".", generic, v, into)
	case v.Kind() == reflect.Slice && keys[generic] != "":
		for i := 0; i < v.Len(); i++ {
			element, key := v.Index(i), reflect.Indirect(v.Index(i).FieldByName(keys[generic]))
			prefix := fmt.Sprintf("%s[%v].", path, key)
			if err := walk(prefix, generic+"[*]", element, into); err != nil {
				return err
			}
			// The key says which element it is, and is no setting of it.
			field, _ := element.Type().FieldByName(keys[generic])
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			delete(into, prefix+name)
		}
		return nil
	case v.Kind() == reflect.Map:
		for _, key := range v.MapKeys() {
			text, err := json.Marshal(v.MapIndex(key).Interface())
			if err != nil {
				return err
			}
			into[fmt.Sprintf("%s.%s", path, key)] = text
		}
		return nil
	case (v.Kind() == reflect.Slice || v.Kind() == reflect.String) && v.Len() == 0:
		return nil
	}
	text, err := json.Marshal(v.Interface())
	if err == nil {
		into[path] = text
	}
	return err
}

// difference is a field that two minors fill differently; what a minor does not have, or leaves unset, is null.
type difference struct {
	Path   string          `json:"path"`
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

func compare(oldFile, newFile string) error {
	before, err := read(oldFile)
	if err != nil {
		return err
	}
	after, err := read(newFile)
	if err != nil {
		return err
	}
	list := []difference{}
	for path, value := range before {
		if !bytes.Equal(value, after[path]) {
			list = append(list, difference{path, value, after[path]})
		}
	}
	for path, value := range after {
		if before[path] == nil {
			list = append(list, difference{path, nil, value})
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Path < list[j].Path })
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	return out.Encode(map[string]any{"fields": len(before), "differences": list})
}

func read(file string) (map[string]json.RawMessage, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	found := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, err
	}
	for path, value := range found {
		var line bytes.Buffer
		if err := json.Compact(&line, value); err != nil {
			return nil, err
		}
		found[path] = line.Bytes()
	}
	return found, nil
}
