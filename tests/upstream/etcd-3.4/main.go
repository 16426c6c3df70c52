// The flags judge of etcd 3.4.
package main

import (
	"os"
	"time"
	"unsafe"

	_ "go.etcd.io/etcd/etcdmain" // holds what is linked below
	"plimsoll.example/upstream/judge/etcd"
)

func main() {
	os.Exit(etcd.Main(etcd.Upstream{Release: "3.4.13", NewConfig: newConfig, Parse: parse, Retention: parseCompactionRetention, Ignored: ignored}))
}

//go:linkname newConfig go.etcd.io/etcd/etcdmain.newConfig
func newConfig() unsafe.Pointer

//go:linkname parse go.etcd.io/etcd/etcdmain.(*config).parse
func parse(config unsafe.Pointer, flags []string) error

//go:linkname parseCompactionRetention go.etcd.io/etcd/embed.parseCompactionRetention
func parseCompactionRetention(mode, retention string) (time.Duration, error)

//go:linkname ignored go.etcd.io/etcd/etcdmain.ignored
var ignored []string
