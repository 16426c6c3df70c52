// The real components of one Kubernetes minor in one program, for tests/real: it has no code of its own but the choice. Being a
// package of the judge, it is built inside the module of any minor, with what that minor's judge has compiled already.
//
//	components kube-apiserver FLAG...            upstream's own command; so are
//	components kube-controller-manager FLAG...
//	components kube-scheduler FLAG...
//	components kube-proxy FLAG...
//	components kubelet FLAG...
//	components json FILE                         the file as JSON, by the YAML reader that the kubelet uses
//	components key FILE                          writes a private key for service accounts
package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"          // as upstream's main functions have it
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // the same
	_ "k8s.io/component-base/metrics/prometheus/version"  // the same
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("which component?"))
	}
	name := os.Args[1]
	// The commands read os.Args themselves, and print its first word.
	os.Args = append([]string{name}, os.Args[2:]...)
	switch name {
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(controllers.NewControllerManagerCommand()))
	case "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	case "kube-proxy":
		os.Exit(cli.Run(proxy.NewProxyCommand()))
	case "kubelet":
		os.Exit(cli.Run(command(kubelet.NewKubeletCommand)))
	case "json":
		printJSON(os.Args[1])
	case "key":
		writeKey(os.Args[1])
	default:
		fail(fmt.Errorf("no component is called %q", name))
	}
}

// command calls upstream's function in both forms that it has had: minors differ in whether it takes a context.
func command(build any) *cobra.Command {
	switch build := build.(type) {
	case func(context.Context) *cobra.Command:
		return build(context.Background())
	case func() *cobra.Command:
		return build()
	}
	fail(fmt.Errorf("upstream's function has another form: %T", build))
	return nil
}

func printJSON(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		fail(err)
	}
	if data, err = yaml.YAMLToJSON(data); err != nil {
		fail(err)
	}
	os.Stdout.Write(data)
}

func writeKey(file string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		fail(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "components:", err)
	os.Exit(2)
}
