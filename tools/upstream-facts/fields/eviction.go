package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
)

// readEvictionDefaults reads the map literal DefaultEvictionHard out of the minor's Linux source file. The package
// that holds it pulls in half of the kubelet, so it is parsed rather than imported.
func readEvictionDefaults(source string) (map[string]string, error) {
	if source == "" {
		return nil, fmt.Errorf("KUBERNETES_SOURCE must name the unpacked k8s.io/kubernetes module")
	}
	for _, name := range []string{"pkg/kubelet/eviction/defaults_linux.go", "pkg/kubelet/apis/config/v1beta1/defaults_linux.go"} {
		path := filepath.Join(source, name)
		if _, err := os.Stat(path); err != nil {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return nil, err
		}
		result := map[string]string{}
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, keyOK := pair.Key.(*ast.BasicLit)
			value, valueOK := pair.Value.(*ast.BasicLit)
			if keyOK && valueOK {
				k, _ := strconv.Unquote(key.Value)
				v, _ := strconv.Unquote(value.Value)
				result[k] = v
			}
			return true
		})
		if len(result) == 0 {
			return nil, fmt.Errorf("%s holds no eviction default", name)
		}
		return result, nil
	}
	return nil, fmt.Errorf("no file with the default eviction thresholds")
}
