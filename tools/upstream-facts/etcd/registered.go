package main

import (
	"flag"

	"go.etcd.io/etcd/server/v3/embed"
)

func newFlagSet() *flag.FlagSet {
	set := flag.NewFlagSet("etcd", flag.ContinueOnError)
	embed.NewConfig().AddFlags(set)
	return set
}
