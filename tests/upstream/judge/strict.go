// Strict decoding. The kubelet and kube-proxy decode strictly, then again leniently, and only log what
// they lost; here a lost field is a refusal, so the strict pass is made explicitly and its findings kept.
package judge

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// split separates what a decoder refused into lost fields and everything else.
func split(err error) (dropped []string, errs []error) {
	if err == nil {
		return nil, nil
	}
	if strict, ok := runtime.AsStrictDecodingError(err); ok {
		for _, e := range strict.Errors() {
			dropped = append(dropped, e.Error())
		}
		return dropped, nil
	}
	return nil, []error{err}
}

// flatten lists the single errors of an aggregate: a case must be refused for its stated reason and no other.
func flatten(err error) []error {
	if err == nil {
		return nil
	}
	var many utilerrors.Aggregate
	if errors.As(err, &many) {
		return utilerrors.Flatten(many).Errors()
	}
	return []error{err}
}

// documents splits a YAML stream; documents of comments only do not count.
func documents(data []byte) ([][]byte, error) {
	reader, docs := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))), [][]byte{}
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Split(string(doc), "\n") {
			if text := strings.TrimSpace(line); text != "" && text != "---" && !strings.HasPrefix(text, "#") {
				docs = append(docs, doc)
				break
			}
		}
	}
}

// single refuses a stream of several documents: a component's decoder reads the first and says nothing of
// the rest.
func single(data []byte) error {
	docs, err := documents(data)
	if err != nil {
		return err
	}
	if len(docs) != 1 {
		return objection("the file holds %d YAML documents, a component reads the first only", len(docs))
	}
	return nil
}
