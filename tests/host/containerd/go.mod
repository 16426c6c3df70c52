// containerd's own reading of its configuration; a module of its own, as its requirements are not Kubernetes'.
module plimsoll.example/host/containerd

go 1.26.0

require (
	github.com/containerd/containerd/v2 v2.1.4
	github.com/sirupsen/logrus v1.9.3
)

require (
	dario.cat/mergo v1.0.1 // indirect
	github.com/containerd/errdefs v1.0.0 // indirect
	github.com/containerd/log v0.1.0 // indirect
	github.com/containerd/plugin v1.0.0 // indirect
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/opencontainers/image-spec v1.1.1 // indirect
	github.com/pelletier/go-toml/v2 v2.2.4 // indirect
	golang.org/x/sys v0.33.0 // indirect
)
