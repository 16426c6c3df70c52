package main

import "flag"

func newFlagSet() *flag.FlagSet {
	return newConfig().cf.flagSet
}
