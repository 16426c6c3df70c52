package apiserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"plimsoll.example/upstream/judge/sibling"
)

// neutral sets what no flags file of a plan has, because it belongs to a host, and what upstream does not start without.
func neutral(set *pflag.FlagSet, flags []string, temp string) error {
	key, err := signingKey(temp)
	if err != nil {
		return err
	}
	missing := func(name string) bool { return !sibling.Has(flags, name) }
	values := [][2]string{}
	if missing("etcd-servers") {
		values = append(values, [2]string{"etcd-servers", "http://127.0.0.1:2379"})
	}
	if missing("service-account-issuer") {
		values = append(values, [2]string{"service-account-issuer", "https://kubernetes.default.svc"})
	}
	if missing("service-account-signing-endpoint") {
		// A path that the file states is one on the host: what is in it is not judged.
		values = append(values, [2]string{"service-account-signing-key-file", key})
		if missing("service-account-key-file") {
			values = append(values, [2]string{"service-account-key-file", key})
		}
	}
	// Without them a pair of certificates would be made, in a folder of the host.
	if missing("tls-cert-file") && missing("tls-private-key-file") {
		values = append(values, [2]string{"tls-cert-file", key}, [2]string{"tls-private-key-file", key})
	}
	if missing("advertise-address") {
		// Otherwise the host's interfaces decide. Its family must be that of the services.
		address := "192.0.2.1"
		if i := slices.IndexFunc(flags, func(flag string) bool { return sibling.Name(flag) == "service-cluster-ip-range" }); i >= 0 {
			if _, ranges, _ := strings.Cut(flags[i], "="); strings.Contains(strings.Split(ranges, ",")[0], ":") {
				address = "2001:db8::1"
			}
		}
		values = append(values, [2]string{"advertise-address", address})
	}
	for _, value := range values {
		if err := set.Set(value[0], value[1]); err != nil {
			return err
		}
	}
	return nil
}

// signingKey is a fresh key in a file: upstream reads it while it completes its options.
func signingKey(folder string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "key.pem")
	return path, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600)
}
