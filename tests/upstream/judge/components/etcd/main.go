// The real etcd of one minor, for tests/real: upstream's own main function and nothing else. Being a package of the judge, it is
// built inside the module of any minor of etcd, with what that minor's flags judge has compiled already.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
