// Package again makes upstream's globals new, so that one process can judge many files: the feature gates, and from 1.31
// on the registry that flags of gates are parsed into.
package again

import (
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
)

// Remember notes the gates as they are now; what it returns sets them back. Others hold the same gate by pointer, so it is set
// back in place: upstream's own copy would be another gate.
func Remember() (restore func()) {
	var steps []func()
	gate := reflect.ValueOf(utilfeature.DefaultMutableFeatureGate).Elem()
	for i := range gate.NumField() {
		field := gate.Field(i)
		if field.Type() == reflect.TypeFor[*atomic.Value]() && !field.IsNil() {
			field = field.Elem() // up to 1.26 or so
		}
		if field.Type() == reflect.TypeFor[sync.Mutex]() {
			continue
		}
		// What these fields hold is replaced as a whole by every writer, never written into.
		place := reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
		saved := reflect.New(field.Type()).Elem()
		saved.Set(place)
		steps = append(steps, func() { place.Set(saved) })
	}
	return func() {
		for _, step := range steps {
			step()
		}
	}
}

// Registry empties the registry that a component's options hold, if its minor has one. Their constructors fill it again.
func Registry(options any) {
	value := reflect.Indirect(reflect.ValueOf(options))
	if generic := value.FieldByName("GenericServerRunOptions"); generic.IsValid() {
		value = reflect.Indirect(generic)
	}
	field := value.FieldByName("ComponentGlobalsRegistry")
	if !field.IsValid() {
		return
	}
	if registry, ok := field.Interface().(interface{ Reset() }); ok {
		registry.Reset()
	}
}
