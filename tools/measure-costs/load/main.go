// Load on an API server, for apiserver.py: pods as a kubelet leaves them, or watches as kubelets hold them. It needs nothing but the
// standard library, whose client shares one HTTP/2 connection among requests as upstream's does.
//
//	load URL TOKEN create FROM TO WORKERS     pods with a status, two writes each; prints the mean seconds of a write
//	load URL TOKEN watch CLIENTS WATCHES      holds watches on the pods of one node each until standard input ends
//	load URL TOKEN list TIMES                 lists all pods so many times at once; prints the bytes of an answer
package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

type object = map[string]any

type server struct {
	url, token string
	client     *http.Client
}

func connect(url, token string) *server {
	// Self-signed: nobody verifies it.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	return &server{url, token, &http.Client{Transport: transport}}
}

func (s *server) ask(method, path string, body any) *http.Response {
	var data []byte
	if body != nil {
		data, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(data))
	check(err)
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := s.client.Do(request)
	check(err)
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		check(fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text))
	}
	return answer
}

func done(answer *http.Response) int64 {
	n, err := io.Copy(io.Discard, answer.Body)
	check(err)
	answer.Body.Close()
	return n
}

// pod has two containers with ten variables each, as `typical` of objects/main.go.
func pod(n int) (object, object) {
	var containers, states []object
	for c := range 2 {
		var env []object
		for e := range 10 {
			env = append(env, object{"name": fmt.Sprintf("SERVICE_SETTING_%d", e), "value": fmt.Sprintf("value-of-setting-%d-of-a-service", e)})
		}
		name := fmt.Sprintf("container-%d", c)
		image := "registry.example/team/service:1.20.3"
		containers = append(containers, object{"name": name, "image": image, "env": env,
			"resources":      object{"requests": object{"cpu": "100m", "memory": "128Mi"}, "limits": object{"memory": "256Mi"}},
			"readinessProbe": object{"httpGet": object{"path": "/ready", "port": 8080}}})
		states = append(states, object{"name": name, "image": image, "imageID": image + "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
			"containerID": fmt.Sprintf("containerd://0123456789abcdef0123456789abcdef0123456789abcdef0123456789%06d", n), "ready": true, "started": true,
			"restartCount": 0, "state": object{"running": object{"startedAt": "2026-11-21T00:00:00Z"}}})
	}
	name := fmt.Sprintf("service-%d", n)
	meta := object{"name": name, "namespace": "default", "labels": object{"app": "service", "version": "1.20.3", "team": "shop", "pod-template-hash": "6f9f7b7c5d"},
		"annotations": object{"example.com/scrape": "true", "example.com/port": "8080"}}
	made := object{"metadata": meta, "spec": object{"nodeName": fmt.Sprintf("node-%d", n%1000), "containers": containers, "serviceAccountName": "default"}}
	var conditions []object
	for _, kind := range []string{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"} {
		conditions = append(conditions, object{"type": kind, "status": "True", "lastTransitionTime": "2026-11-21T00:00:00Z"})
	}
	status := object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"name": name}, "status": object{"phase": "Running", "conditions": conditions,
		"containerStatuses": states, "hostIP": "198.51.100.10", "podIP": "198.18.0.10", "qosClass": "Burstable", "startTime": "2026-11-21T00:00:00Z"}}
	return made, status
}

func create(s *server, from, to, workers int) {
	next, spent := atomic.Int64{}, atomic.Int64{}
	next.Store(int64(from))
	began := time.Now()
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for n := next.Add(1) - 1; n < int64(to); n = next.Add(1) - 1 {
				made, status := pod(int(n))
				start := time.Now()
				done(s.ask("POST", "/api/v1/namespaces/default/pods", made))
				path := "/api/v1/namespaces/default/pods/" + made["metadata"].(object)["name"].(string) + "/status"
				request, err := json.Marshal(status)
				check(err)
				done(s.patch(path, request))
				spent.Add(int64(time.Since(start)))
			}
		})
	}
	all.Wait()
	writes := 2 * (to - from)
	fmt.Printf("%.5f %.1f\n", time.Duration(spent.Load()).Seconds()/float64(writes), float64(writes)/time.Since(began).Seconds())
}

// patch sends a status as a kubelet does.
func (s *server) patch(path string, data []byte) *http.Response {
	request, err := http.NewRequest("PATCH", s.url+path, bytes.NewReader(data))
	check(err)
	request.Header.Set("Authorization", "Bearer "+s.token)
	request.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	answer, err := s.client.Do(request)
	check(err)
	if answer.StatusCode >= 300 {
		text, _ := io.ReadAll(answer.Body)
		check(fmt.Errorf("PATCH %s: %s: %s", path, answer.Status, text))
	}
	return answer
}

func watch(url, token string, clients, watches int) {
	// From now on, as after a list: without a version every watch would begin with what is there.
	var now struct {
		Metadata struct{ ResourceVersion string }
	}
	answer := connect(url, token).ask("GET", "/api/v1/pods?limit=1", nil)
	check(json.NewDecoder(answer.Body).Decode(&now))
	for c := range clients {
		s := connect(url, token)
		for range watches {
			answer := s.ask("GET", fmt.Sprintf("/api/v1/pods?watch=true&resourceVersion=%s&fieldSelector=spec.nodeName%%3Dnode-none-%d",
				now.Metadata.ResourceVersion, c), nil)
			go io.Copy(io.Discard, answer.Body)
		}
	}
	fmt.Println("watching")
	io.Copy(io.Discard, os.Stdin)
}

func list(url, token string, times int) {
	var all sync.WaitGroup
	var size atomic.Int64
	for range times {
		all.Go(func() {
			size.Store(done(connect(url, token).ask("GET", "/api/v1/pods?resourceVersion=0", nil)))
		})
	}
	all.Wait()
	fmt.Println(size.Load())
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func main() {
	if len(os.Args) < 5 {
		check(fmt.Errorf("load URL TOKEN create|watch|list NUMBER..."))
	}
	url, token, rest := os.Args[1], os.Args[2], os.Args[4:]
	switch os.Args[3] {
	case "create":
		create(connect(url, token), number(rest[0]), number(rest[1]), number(rest[2]))
	case "watch":
		watch(url, token, number(rest[0]), number(rest[1]))
	case "list":
		list(url, token, number(rest[0]))
	default:
		check(fmt.Errorf("what is %s?", os.Args[3]))
	}
}
