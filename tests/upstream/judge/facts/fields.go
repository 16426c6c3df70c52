package facts

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Fields walks a configuration object. Structs of the Kubernetes API are walked into; what marshals itself (durations,
// quantities, raw extensions), lists and maps are leaves, and lists of structs are also walked once with "[]" in the
// path, without defaults, so that the names below them are known.
func Fields(prefix string, object any) []Field {
	var list []Field
	separator := "/"
	if strings.Contains(prefix, "/") {
		separator = "."
	}
	walk(&list, prefix+separator, reflect.ValueOf(object).Elem(), reflect.TypeOf(object).Elem())
	return list
}

var marshaler = reflect.TypeOf((*json.Marshaler)(nil)).Elem()

// walk records every field of struct type t; v is invalid where there is no object to take defaults from.
func walk(list *[]Field, prefix string, v reflect.Value, t reflect.Type) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		var value reflect.Value
		if v.IsValid() {
			value = v.Field(i)
		}
		if f.Type.Name() == "TypeMeta" {
			continue
		}
		if name == "" && (f.Anonymous || strings.Contains(options, "inline")) {
			walk(list, prefix, value, f.Type)
			continue
		}
		if name == "" || name == "-" {
			continue
		}
		path := prefix + name
		inner, innerValue := f.Type, value
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
			if value.IsValid() && !value.IsNil() {
				innerValue = value.Elem()
			} else {
				innerValue = reflect.Value{}
			}
		}
		record(list, path, f.Type, value)
		switch {
		case isLeaf(inner):
		case inner.Kind() == reflect.Struct:
			walk(list, path+".", innerValue, inner)
		case inner.Kind() == reflect.Slice && inner.Elem().Kind() == reflect.Struct && !isLeaf(inner.Elem()):
			walk(list, path+"[].", reflect.Value{}, inner.Elem())
		}
	}
}

func isLeaf(t reflect.Type) bool {
	return t.Implements(marshaler) || reflect.PointerTo(t).Implements(marshaler)
}

// record adds one path. An empty string, list or map, and a nil pointer, count as "holds nothing"; false and 0 are
// values, because a field without a pointer cannot be unset.
func record(list *[]Field, path string, t reflect.Type, v reflect.Value) {
	field := Field{Path: path, Kind: "field", Type: t.String()}
	if v.IsValid() && !holdsNothing(v) && !(t.Kind() == reflect.Struct && !isLeaf(t)) {
		if data, err := json.Marshal(v.Interface()); err == nil {
			field.Default = data
		}
	}
	*list = append(*list, field)
}

func holdsNothing(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	default:
		return false
	}
}

// Overlay writes into a defaulted object what loading an empty file did beyond the defaulting functions: every value that
// differs between before and after. These are the defaulted and the loaded object, both converted to the internal type and
// back; what that conversion alone loses or makes up is the same in both.
func Overlay(defaulted, before, after any) {
	overlay(reflect.ValueOf(defaulted).Elem(), reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem())
}

func overlay(defaulted, before, after reflect.Value) {
	if defaulted.Kind() == reflect.Struct && !isLeaf(defaulted.Type()) {
		for i := 0; i < defaulted.NumField(); i++ {
			overlay(defaulted.Field(i), before.Field(i), after.Field(i))
		}
	} else if !reflect.DeepEqual(before.Interface(), after.Interface()) {
		defaulted.Set(after)
	}
}
