// What a job can be about.
package judge

// Kinds of files.
const (
	KindKubelet    = "kubelet"
	KindDropIn     = "kubelet-drop-in"
	KindProxy      = "kube-proxy"
	KindScheduler  = "kube-scheduler"
	KindController = "kube-controller-manager-flags"
	KindKubeadm    = "kubeadm"
	KindNodeadm    = "nodeadm"

	KindKubeletFlags   = "kubelet-flags"
	KindProxyFlags     = "kube-proxy-flags"
	KindSchedulerFlags = "kube-scheduler-flags"
	KindAPIServer      = "kube-apiserver-flags"
	KindEtcd           = "etcd-flags"
)

// Stages: 1 a file alone, 2 a kubelet file with its machine, 3 a drop-in merged onto its base.
const (
	StageFile    = 1
	StageMachine = 2
	StageMerge   = 3
)
