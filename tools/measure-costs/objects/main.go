// Command objects builds Kubernetes objects as a cluster would hold them and prints how many bytes each takes as a value in etcd:
// the protobuf serializer of k8s.io/apimachinery (with its "k8s\x00" prefix) for built-in types, JSON for custom resources.
// managedFields are part of what is stored, and for small objects most of it, so every object carries the entries that its usual
// writers leave. The key and etcd's own record (three 8-byte revisions, lease) are printed apart.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var (
	scheme = runtime.NewScheme()
	rnd    = rand.New(rand.NewSource(1))
	when   = metav1.NewTime(time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC))
)

func uid() types.UID {
	h := hex(32)
	return types.UID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:])
}

func hex(n int) string {
	const digits = "0123456789abcdef"
	b := make([]byte, n)
	for i := range b {
		b[i] = digits[rnd.Intn(16)]
	}
	return string(b)
}

func letters(n int) string {
	const set = "bcdfghjklmnpqrstvwxz2456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = set[rnd.Intn(len(set))]
	}
	return string(b)
}

// fields makes the FieldsV1 that a writer of exactly these top-level parts of the object leaves: the server's own
// representation has one "f:" entry a field, down to the leaves.
func fields(obj runtime.Object, parts ...string) *metav1.FieldsV1 {
	raw, err := json.Marshal(obj)
	check(err)
	var all map[string]any
	check(json.Unmarshal(raw, &all))
	picked := map[string]any{}
	for _, p := range parts {
		cur, dst := any(all), picked
		steps := strings.Split(p, ".")
		for i, s := range steps {
			m, ok := cur.(map[string]any)
			if !ok || m[s] == nil {
				break
			}
			cur = m[s]
			if i == len(steps)-1 {
				dst["f:"+s] = leaves(cur)
				break
			}
			next, ok := dst["f:"+s].(map[string]any)
			if !ok {
				next = map[string]any{}
				dst["f:"+s] = next
			}
			dst = next
		}
	}
	out, err := json.Marshal(picked)
	check(err)
	return &metav1.FieldsV1{Raw: out}
}

func leaves(v any) any {
	switch t := v.(type) {
	case map[string]any:
		out := map[string]any{}
		if len(t) > 0 {
			out["."] = map[string]any{}
		}
		for k, w := range t {
			out["f:"+k] = leaves(w)
		}
		return out
	case []any:
		out := map[string]any{}
		for _, e := range t {
			m, ok := e.(map[string]any)
			if !ok {
				return map[string]any{}
			}
			// Lists of maps are keyed by the field that names the element.
			for _, key := range []string{"name", "type", "containerPort", "mountPath", "ip", "uid"} {
				if val, there := m[key]; there {
					k, err := json.Marshal(map[string]any{key: val})
					check(err)
					out["k:"+string(k)] = leaves(m)
					break
				}
			}
		}
		return out
	}
	return map[string]any{}
}

func managed(obj runtime.Object, manager, sub string, parts ...string) metav1.ManagedFieldsEntry {
	gvk := obj.GetObjectKind().GroupVersionKind()
	t := when
	return metav1.ManagedFieldsEntry{Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate,
		APIVersion: gvk.GroupVersion().String(), Time: &t, FieldsType: "FieldsV1", FieldsV1: fields(obj, parts...), Subresource: sub}
}

func ptr[T any](v T) *T { return &v }

func pod(containers, envs int) *corev1.Pod {
	rs := "checkout-service-" + hex(9)
	p := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}}
	p.ObjectMeta = metav1.ObjectMeta{Name: rs + "-" + letters(5), GenerateName: rs + "-", Namespace: "shop-production", UID: uid(),
		CreationTimestamp: when, Generation: 1,
		Labels: map[string]string{"app.kubernetes.io/name": "checkout-service", "app.kubernetes.io/instance": "checkout", "pod-template-hash": rs[17:]},
		Annotations: map[string]string{"prometheus.io/scrape": "true", "prometheus.io/port": "9090",
			"kubectl.kubernetes.io/restartedAt": "2026-11-20T09:00:00Z"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: rs, UID: uid(), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}}}
	s := &p.Spec
	s.NodeName = "ip-10-20-30-40.eu-central-1.compute.internal"
	s.RestartPolicy, s.DNSPolicy, s.ServiceAccountName, s.DeprecatedServiceAccount = "Always", "ClusterFirst", "checkout", "checkout"
	s.TerminationGracePeriodSeconds, s.SecurityContext, s.SchedulerName = ptr(int64(30)), &corev1.PodSecurityContext{}, "default-scheduler"
	s.Priority, s.EnableServiceLinks, s.PreemptionPolicy = ptr(int32(0)), ptr(true), ptr(corev1.PreemptLowerPriority)
	s.Tolerations = []corev1.Toleration{
		{Key: "node.kubernetes.io/not-ready", Operator: "Exists", Effect: "NoExecute", TolerationSeconds: ptr(int64(300))},
		{Key: "node.kubernetes.io/unreachable", Operator: "Exists", Effect: "NoExecute", TolerationSeconds: ptr(int64(300))}}
	vol := "kube-api-access-" + letters(5)
	s.Volumes = []corev1.Volume{{Name: vol, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{DefaultMode: ptr(int32(420)),
		Sources: []corev1.VolumeProjection{
			{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: ptr(int64(3607)), Path: "token"}},
			{ConfigMap: &corev1.ConfigMapProjection{LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"}, Items: []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}}}},
			{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{{Path: "namespace", FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: "metadata.namespace"}}}}}}}}},
		{Name: "config", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: "checkout-config"}, DefaultMode: ptr(int32(420))}}}}
	p.Status = corev1.PodStatus{Phase: "Running", QOSClass: "Burstable", HostIP: "10.20.30.40", PodIP: "10.244.17.33", StartTime: &when,
		HostIPs: []corev1.HostIP{{IP: "10.20.30.40"}}, PodIPs: []corev1.PodIP{{IP: "10.244.17.33"}}, ObservedGeneration: 1}
	for _, c := range []corev1.PodConditionType{"PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"} {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: c, Status: "True", LastTransitionTime: when, ObservedGeneration: 1})
	}
	for i := 0; i < containers; i++ {
		name := []string{"checkout", "istio-proxy", "log-shipper", "metrics"}[i%4]
		image := "registry.example.com/shop/" + name + ":v1.42.7"
		probe := func(path string) *corev1.Probe {
			return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(8080), Scheme: "HTTP"}},
				InitialDelaySeconds: 10, TimeoutSeconds: 1, PeriodSeconds: 10, SuccessThreshold: 1, FailureThreshold: 3}
		}
		c := corev1.Container{Name: name, Image: image, ImagePullPolicy: "IfNotPresent", TerminationMessagePath: "/dev/termination-log", TerminationMessagePolicy: "File",
			Ports:         []corev1.ContainerPort{{Name: "http", ContainerPort: 8080, Protocol: "TCP"}, {Name: "metrics", ContainerPort: 9090, Protocol: "TCP"}},
			LivenessProbe: probe("/healthz"), ReadinessProbe: probe("/ready"),
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{"cpu": resource.MustParse("250m"), "memory": resource.MustParse("256Mi")},
				Limits: corev1.ResourceList{"memory": resource.MustParse("512Mi")}},
			VolumeMounts: []corev1.VolumeMount{{Name: "config", MountPath: "/etc/checkout"}, {Name: vol, ReadOnly: true, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount"}}}
		for e := 0; e < envs; e++ {
			c.Env = append(c.Env, corev1.EnvVar{Name: fmt.Sprintf("SERVICE_SETTING_%02d", e), Value: "http://inventory.shop-production.svc:8080/" + letters(8)})
		}
		s.Containers = append(s.Containers, c)
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{Name: name, Ready: true, Started: ptr(true), Image: image,
			ImageID: "registry.example.com/shop/" + name + "@sha256:" + hex(64), ContainerID: "containerd://" + hex(64),
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: when}}, AllocatedResources: c.Resources.Requests, Resources: &c.Resources,
			VolumeMounts: []corev1.VolumeMountStatus{{Name: "config", MountPath: "/etc/checkout"}, {Name: vol, MountPath: "/var/run/secrets/kubernetes.io/serviceaccount", ReadOnly: true, RecursiveReadOnly: ptr(corev1.RecursiveReadOnlyDisabled)}}})
	}
	// What the API server sets by admission or defaulting beforehand (service account volume, tolerations) is owned by nobody's apply,
	// but kube-controller-manager's create owns the whole template.
	p.ManagedFields = []metav1.ManagedFieldsEntry{
		managed(p, "kube-controller-manager", "", "metadata.annotations", "metadata.generateName", "metadata.labels", "metadata.ownerReferences", "spec.containers",
			"spec.dnsPolicy", "spec.enableServiceLinks", "spec.restartPolicy", "spec.schedulerName", "spec.securityContext", "spec.serviceAccount", "spec.terminationGracePeriodSeconds", "spec.volumes"),
		managed(p, "kubelet", "status", "status")}
	return p
}

func node(images, labels int) *corev1.Node {
	n := &corev1.Node{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Node"}}
	n.ObjectMeta = metav1.ObjectMeta{Name: "ip-10-20-30-40.eu-central-1.compute.internal", UID: uid(), CreationTimestamp: when,
		Labels: map[string]string{"beta.kubernetes.io/arch": "amd64", "beta.kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
			"kubernetes.io/hostname": "ip-10-20-30-40.eu-central-1.compute.internal", "node.kubernetes.io/instance-type": "m7i.4xlarge",
			"topology.kubernetes.io/region": "eu-central-1", "topology.kubernetes.io/zone": "eu-central-1a"},
		Annotations: map[string]string{"node.alpha.kubernetes.io/ttl": "0", "volumes.kubernetes.io/controller-managed-attach-detach": "true",
			"csi.volume.kubernetes.io/nodeid": `{"ebs.csi.aws.com":"i-0123456789abcdef0"}`}}
	for i := 0; i < labels; i++ {
		n.Labels[fmt.Sprintf("feature.node.kubernetes.io/cpu-cpuid.FLAG%02d", i)] = "true"
	}
	n.Spec = corev1.NodeSpec{PodCIDR: "10.244.17.0/24", PodCIDRs: []string{"10.244.17.0/24"}, ProviderID: "aws:///eu-central-1a/i-0123456789abcdef0"}
	list := corev1.ResourceList{"cpu": resource.MustParse("16"), "memory": resource.MustParse("64328128Ki"), "pods": resource.MustParse("110"),
		"ephemeral-storage": resource.MustParse("104845292Ki"), "hugepages-1Gi": resource.MustParse("0"), "hugepages-2Mi": resource.MustParse("0")}
	n.Status = corev1.NodeStatus{Capacity: list, Allocatable: list,
		Addresses:       []corev1.NodeAddress{{Type: "InternalIP", Address: "10.20.30.40"}, {Type: "InternalDNS", Address: n.Name}, {Type: "Hostname", Address: n.Name}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: 10250}},
		NodeInfo: corev1.NodeSystemInfo{MachineID: hex(32), SystemUUID: string(uid()), BootID: string(uid()), KernelVersion: "6.1.115-126.197.amzn2023.x86_64",
			OSImage: "Amazon Linux 2023.6", ContainerRuntimeVersion: "containerd://2.1.4", KubeletVersion: "v1.36.3", KubeProxyVersion: "", OperatingSystem: "linux", Architecture: "amd64"}}
	for _, c := range []string{"MemoryPressure", "DiskPressure", "PIDPressure", "Ready"} {
		n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: corev1.NodeConditionType(c), Status: "False", LastHeartbeatTime: when,
			LastTransitionTime: when, Reason: "KubeletHas" + c + "Sufficient", Message: "kubelet has sufficient resources available"})
	}
	for i := 0; i < images; i++ {
		base := "registry.example.com/platform/" + letters(12)
		n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: []string{base + "@sha256:" + hex(64), base + ":v1.42.7"}, SizeBytes: 123456789})
	}
	n.ManagedFields = []metav1.ManagedFieldsEntry{
		managed(n, "kubelet", "", "metadata.annotations", "metadata.labels"),
		managed(n, "kube-controller-manager", "", "metadata.annotations", "spec"),
		managed(n, "kubelet", "status", "status.conditions", "status.images", "status.allocatable", "status.capacity", "status.nodeInfo")}
	return n
}

func event(message int) *corev1.Event {
	e := &corev1.Event{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}}
	pod := "checkout-service-" + hex(9) + "-" + letters(5)
	e.ObjectMeta = metav1.ObjectMeta{Name: pod + "." + hex(16), Namespace: "shop-production", UID: uid(), CreationTimestamp: when}
	e.InvolvedObject = corev1.ObjectReference{Kind: "Pod", Namespace: "shop-production", Name: pod, UID: uid(), APIVersion: "v1", ResourceVersion: "123456789", FieldPath: "spec.containers{checkout}"}
	e.Reason, e.Type, e.Count, e.FirstTimestamp, e.LastTimestamp = "Pulled", "Normal", 1, when, when
	e.Message = strings.Repeat("Successfully pulled image in 1.2s. ", 1+message/35)[:message]
	e.Source = corev1.EventSource{Component: "kubelet", Host: "ip-10-20-30-40.eu-central-1.compute.internal"}
	e.ReportingController, e.ReportingInstance = "kubelet", e.Source.Host
	e.ManagedFields = []metav1.ManagedFieldsEntry{managed(e, "kubelet", "", "count", "firstTimestamp", "involvedObject", "lastTimestamp", "message", "reason",
		"reportingComponent", "reportingInstance", "source", "type")}
	return e
}

func lease() *coordinationv1.Lease {
	l := &coordinationv1.Lease{TypeMeta: metav1.TypeMeta{APIVersion: "coordination.k8s.io/v1", Kind: "Lease"}}
	name := "ip-10-20-30-40.eu-central-1.compute.internal"
	l.ObjectMeta = metav1.ObjectMeta{Name: name, Namespace: "kube-node-lease", UID: uid(), CreationTimestamp: when,
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: name, UID: uid()}}}
	l.Spec = coordinationv1.LeaseSpec{HolderIdentity: &name, LeaseDurationSeconds: ptr(int32(40)), RenewTime: ptr(metav1.NewMicroTime(when.Time))}
	l.ManagedFields = []metav1.ManagedFieldsEntry{managed(l, "kubelet", "", "metadata.ownerReferences", "spec")}
	return l
}

func slice(endpoints int) *discoveryv1.EndpointSlice {
	s := &discoveryv1.EndpointSlice{TypeMeta: metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"}, AddressType: "IPv4"}
	s.ObjectMeta = metav1.ObjectMeta{Name: "checkout-" + letters(5), GenerateName: "checkout-", Namespace: "shop-production", UID: uid(), CreationTimestamp: when, Generation: 7,
		Labels:          map[string]string{"kubernetes.io/service-name": "checkout", "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io", "app.kubernetes.io/name": "checkout-service"},
		Annotations:     map[string]string{"endpoints.kubernetes.io/last-change-trigger-time": "2026-11-21T04:00:00Z"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Service", Name: "checkout", UID: uid(), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}}}
	s.Ports = []discoveryv1.EndpointPort{{Name: ptr("http"), Port: ptr(int32(8080)), Protocol: ptr(corev1.ProtocolTCP)}}
	for i := 0; i < endpoints; i++ {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{fmt.Sprintf("10.244.%d.%d", i, 17+i)},
			Conditions: discoveryv1.EndpointConditions{Ready: ptr(true), Serving: ptr(true), Terminating: ptr(false)},
			NodeName:   ptr(fmt.Sprintf("ip-10-20-30-%d.eu-central-1.compute.internal", i)), Zone: ptr("eu-central-1a"),
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: "shop-production", Name: "checkout-service-" + hex(9) + "-" + letters(5), UID: uid()}})
	}
	s.ManagedFields = []metav1.ManagedFieldsEntry{managed(s, "kube-controller-manager", "", "addressType", "metadata", "ports")}
	s.ManagedFields[0].FieldsV1.Raw = append(s.ManagedFields[0].FieldsV1.Raw[:len(s.ManagedFields[0].FieldsV1.Raw)-1], []byte(`,"f:endpoints":{}}`)...)
	return s
}

// service has its selector, ports, and addresses of as many families as are given.
func service(ports, labels int, addresses ...string) *corev1.Service {
	s := &corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}}
	s.ObjectMeta = metav1.ObjectMeta{Name: "checkout", Namespace: "shop-production", UID: uid(), CreationTimestamp: when,
		Labels: map[string]string{"app.kubernetes.io/name": "checkout-service", "app.kubernetes.io/instance": "checkout"}}
	for i := 0; i < labels; i++ {
		s.Labels[fmt.Sprintf("shop.example.com/label-%02d", i)] = letters(12)
	}
	policy := corev1.IPFamilyPolicySingleStack
	if len(addresses) > 1 {
		policy = corev1.IPFamilyPolicyPreferDualStack
	}
	s.Spec = corev1.ServiceSpec{Type: "ClusterIP", ClusterIP: addresses[0], ClusterIPs: addresses, SessionAffinity: "None",
		Selector: map[string]string{"app.kubernetes.io/name": "checkout-service"}, IPFamilyPolicy: &policy,
		IPFamilies: []corev1.IPFamily{"IPv4", "IPv6"}[:len(addresses)], InternalTrafficPolicy: ptr(corev1.ServiceInternalTrafficPolicyCluster)}
	for i := 0; i < ports; i++ {
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "port-" + letters(5), Protocol: "TCP", Port: int32(8080 + i), TargetPort: intstr.FromInt32(int32(8080 + i))})
	}
	s.ManagedFields = []metav1.ManagedFieldsEntry{managed(s, "kubectl", "", "metadata.labels", "spec.internalTrafficPolicy", "spec.ports", "spec.selector", "spec.sessionAffinity", "spec.type")}
	return s
}

func secret(payload int) *corev1.Secret {
	s := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, Type: "Opaque", Data: map[string][]byte{"password": bytes.Repeat([]byte("x"), payload)}}
	s.ObjectMeta = metav1.ObjectMeta{Name: "checkout-database", Namespace: "shop-production", UID: uid(), CreationTimestamp: when, Labels: map[string]string{"app.kubernetes.io/name": "checkout-service"}}
	s.ManagedFields = []metav1.ManagedFieldsEntry{managed(s, "kubectl", "", "data", "metadata.labels", "type")}
	return s
}

func configMap(payload int) *corev1.ConfigMap {
	c := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, Data: map[string]string{"application.yaml": strings.Repeat("x", payload)}}
	c.ObjectMeta = metav1.ObjectMeta{Name: "checkout-config", Namespace: "shop-production", UID: uid(), CreationTimestamp: when, Labels: map[string]string{"app.kubernetes.io/name": "checkout-service"}}
	c.ManagedFields = []metav1.ManagedFieldsEntry{managed(c, "kubectl", "", "data", "metadata.labels")}
	return c
}

// template is what a pod is made from: its specification before the API server has set defaults of the pod alone.
func template(containers, envs int) corev1.PodTemplateSpec {
	p := pod(containers, envs)
	s := p.Spec
	s.NodeName, s.Tolerations, s.Priority, s.EnableServiceLinks, s.PreemptionPolicy = "", nil, nil, nil, nil
	s.Volumes = s.Volumes[1:]
	for i := range s.Containers {
		s.Containers[i].VolumeMounts = s.Containers[i].VolumeMounts[:1]
	}
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: p.Labels, Annotations: p.Annotations}, Spec: s}
}

// owner is the metadata of an object that is not made by the thousand.
func owner(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "shop-production", UID: uid(), CreationTimestamp: when, Generation: 7,
		Labels:      map[string]string{"app.kubernetes.io/name": "checkout-service", "app.kubernetes.io/instance": "checkout"},
		Annotations: map[string]string{"deployment.kubernetes.io/revision": "42"}}
}

func deployment(containers, envs int) *appsv1.Deployment {
	d := &appsv1.Deployment{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}, ObjectMeta: owner("checkout-service")}
	d.Spec = appsv1.DeploymentSpec{Replicas: ptr(int32(10)), Selector: &metav1.LabelSelector{MatchLabels: d.Labels}, Template: template(containers, envs),
		Strategy:             appsv1.DeploymentStrategy{Type: "RollingUpdate", RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: ptr(intstr.FromString("25%")), MaxUnavailable: ptr(intstr.FromString("25%"))}},
		RevisionHistoryLimit: ptr(int32(10)), ProgressDeadlineSeconds: ptr(int32(600))}
	d.Status = appsv1.DeploymentStatus{ObservedGeneration: 7, Replicas: 10, UpdatedReplicas: 10, ReadyReplicas: 10, AvailableReplicas: 10}
	for _, c := range []appsv1.DeploymentConditionType{"Available", "Progressing"} {
		d.Status.Conditions = append(d.Status.Conditions, appsv1.DeploymentCondition{Type: c, Status: "True", LastUpdateTime: when, LastTransitionTime: when,
			Reason: "NewReplicaSetAvailable", Message: `ReplicaSet "checkout-service-5d8c6c9b7f" has successfully progressed.`})
	}
	d.ManagedFields = []metav1.ManagedFieldsEntry{managed(d, "kubectl", "", "metadata.annotations", "metadata.labels", "spec"),
		managed(d, "kube-controller-manager", "status", "metadata.annotations", "status")}
	return d
}

func replicaSet(containers, envs int) *appsv1.ReplicaSet {
	r := &appsv1.ReplicaSet{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}, ObjectMeta: owner("checkout-service-" + hex(9))}
	r.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "checkout-service", UID: uid(), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}}
	r.Labels["pod-template-hash"] = hex(9)
	r.Annotations["deployment.kubernetes.io/desired-replicas"], r.Annotations["deployment.kubernetes.io/max-replicas"] = "10", "13"
	r.Spec = appsv1.ReplicaSetSpec{Replicas: ptr(int32(10)), Selector: &metav1.LabelSelector{MatchLabels: r.Labels}, Template: template(containers, envs)}
	r.Status = appsv1.ReplicaSetStatus{ObservedGeneration: 7, Replicas: 10, FullyLabeledReplicas: 10, ReadyReplicas: 10, AvailableReplicas: 10}
	r.ManagedFields = []metav1.ManagedFieldsEntry{managed(r, "kube-controller-manager", "", "metadata.annotations", "metadata.labels", "metadata.ownerReferences", "spec"),
		managed(r, "kube-controller-manager", "status", "status")}
	return r
}

func job(containers, envs int) *batchv1.Job {
	j := &batchv1.Job{TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"}, ObjectMeta: owner("checkout-report-29384756")}
	j.OwnerReferences = []metav1.OwnerReference{{APIVersion: "batch/v1", Kind: "CronJob", Name: "checkout-report", UID: uid(), Controller: ptr(true), BlockOwnerDeletion: ptr(true)}}
	j.Spec = batchv1.JobSpec{Parallelism: ptr(int32(1)), Completions: ptr(int32(1)), BackoffLimit: ptr(int32(6)), CompletionMode: ptr(batchv1.NonIndexedCompletion), Suspend: ptr(false),
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"batch.kubernetes.io/controller-uid": string(uid())}}, Template: template(containers, envs)}
	j.Status = batchv1.JobStatus{StartTime: &when, CompletionTime: &when, Succeeded: 1, Ready: ptr(int32(0)), Terminating: ptr(int32(0)), UncountedTerminatedPods: &batchv1.UncountedTerminatedPods{}}
	for _, c := range []batchv1.JobConditionType{"SuccessCriteriaMet", "Complete"} {
		j.Status.Conditions = append(j.Status.Conditions, batchv1.JobCondition{Type: c, Status: "True", LastProbeTime: when, LastTransitionTime: when,
			Reason: "CompletionsReached", Message: "Reached expected number of succeeded pods"})
	}
	j.ManagedFields = []metav1.ManagedFieldsEntry{managed(j, "kube-controller-manager", "", "metadata.annotations", "metadata.labels", "metadata.ownerReferences", "spec"),
		managed(j, "kube-controller-manager", "status", "status")}
	return j
}

// endpoints is the older object beside the slices: one for a service, with up to a thousand addresses.
func endpoints(addresses int) *corev1.Endpoints {
	e := &corev1.Endpoints{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Endpoints"}, ObjectMeta: owner("checkout")}
	subset := corev1.EndpointSubset{Ports: []corev1.EndpointPort{{Name: "http", Port: 8080, Protocol: "TCP"}}}
	for i := 0; i < addresses; i++ {
		subset.Addresses = append(subset.Addresses, corev1.EndpointAddress{IP: fmt.Sprintf("10.244.%d.%d", i, 17+i%200), NodeName: ptr(fmt.Sprintf("ip-10-20-30-%d.eu-central-1.compute.internal", i)),
			TargetRef: &corev1.ObjectReference{Kind: "Pod", Namespace: "shop-production", Name: "checkout-service-" + hex(9) + "-" + letters(5), UID: uid()}})
	}
	e.Subsets = []corev1.EndpointSubset{subset}
	e.ManagedFields = []metav1.ManagedFieldsEntry{managed(e, "kube-controller-manager", "", "metadata.annotations", "metadata.labels")}
	e.ManagedFields[0].FieldsV1.Raw = append(e.ManagedFields[0].FieldsV1.Raw[:len(e.ManagedFields[0].FieldsV1.Raw)-1], []byte(`,"f:subsets":{}}`)...)
	return e
}

func serviceAccount() *corev1.ServiceAccount {
	a := &corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: owner("checkout")}
	a.ManagedFields = []metav1.ManagedFieldsEntry{managed(a, "kubectl", "", "metadata.annotations", "metadata.labels")}
	return a
}

// custom is stored as JSON, as the API server stores every custom resource.
func custom(spec int) ([]byte, string) {
	c := configMap(0)
	c.Data = nil
	c.TypeMeta = metav1.TypeMeta{APIVersion: "shop.example.com/v1", Kind: "Checkout"}
	raw, err := json.Marshal(c)
	check(err)
	var m map[string]any
	check(json.Unmarshal(raw, &m))
	s := map[string]any{}
	for i := 0; len(s)*60 < spec; i++ {
		s[fmt.Sprintf("setting%02d", i)] = map[string]any{"value": letters(16), "enabled": true}
	}
	m["spec"] = s
	m["status"] = map[string]any{"observedGeneration": 3, "conditions": []any{map[string]any{"type": "Ready", "status": "True", "reason": "Reconciled",
		"message": "all resources are up to date", "lastTransitionTime": "2026-11-21T04:00:00Z"}}}
	meta := m["metadata"].(map[string]any)
	meta["managedFields"] = []any{
		map[string]any{"manager": "kubectl", "operation": "Apply", "apiVersion": "shop.example.com/v1", "time": "2026-11-21T04:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:spec": leaves(s)}},
		map[string]any{"manager": "controller", "operation": "Update", "apiVersion": "shop.example.com/v1", "time": "2026-11-21T04:00:00Z", "fieldsType": "FieldsV1", "subresource": "status",
			"fieldsV1": map[string]any{"f:status": leaves(m["status"])}}}
	out, err := json.Marshal(m)
	check(err)
	return out, "/registry/shop.example.com/checkouts/shop-production/checkout-config"
}

func main() {
	check(corev1.AddToScheme(scheme))
	check(appsv1.AddToScheme(scheme))
	check(batchv1.AddToScheme(scheme))
	check(discoveryv1.AddToScheme(scheme))
	check(coordinationv1.AddToScheme(scheme))
	s := protobuf.NewSerializer(scheme, scheme)
	line := func(what string, obj runtime.Object, key string) {
		var b bytes.Buffer
		check(s.Encode(obj, &b))
		if !bytes.HasPrefix(b.Bytes(), []byte("k8s\x00")) {
			check(fmt.Errorf("%s: not the storage encoding", what))
		}
		fmt.Printf("%-46s value %6d B  key %3d B\n", what, b.Len(), len("/registry/")+len(key))
	}
	p := pod(1, 0)
	line("pod, 1 container, no env", p, "pods/"+p.Namespace+"/"+p.Name)
	line("pod, 2 containers, 10 env each", pod(2, 10), "pods/"+p.Namespace+"/"+p.Name)
	line("pod, 4 containers, 30 env each", pod(4, 30), "pods/"+p.Namespace+"/"+p.Name)
	n := node(0, 0)
	line("node, no images", n, "minions/"+n.Name)
	line("node, 50 images (the default report limit)", node(50, 0), "minions/"+n.Name)
	line("node, 50 images, 100 more labels", node(50, 100), "minions/"+n.Name)
	e := event(40)
	line("event, message of 40 B", e, "events/"+e.Namespace+"/"+e.Name)
	line("event, message of 200 B", event(200), "events/"+e.Namespace+"/"+e.Name)
	line("event, message of 1024 B (the limit)", event(1024), "events/"+e.Namespace+"/"+e.Name)
	l := lease()
	line("lease of a node", l, "leases/"+l.Namespace+"/"+l.Name)
	line("endpointslice, 3 endpoints", slice(3), "endpointslices/shop-production/checkout-abcde")
	line("endpointslice, 10 endpoints", slice(10), "endpointslices/shop-production/checkout-abcde")
	line("endpointslice, 100 endpoints (the default limit)", slice(100), "endpointslices/shop-production/checkout-abcde")
	line("service, 1 port", service(1, 0, "10.96.17.33"), "services/specs/shop-production/checkout")
	line("service, 2 ports, 3 more labels", service(2, 3, "10.96.17.33"), "services/specs/shop-production/checkout")
	line("service, 5 ports, 10 more labels, two families", service(5, 10, "10.96.17.33", "fd00:10:96::1721"), "services/specs/shop-production/checkout")
	for _, size := range []int{32, 1024, 4096} {
		line(fmt.Sprintf("secret, %d B of data", size), secret(size), "secrets/shop-production/checkout-database")
	}
	for _, size := range []int{128, 1024, 8192} {
		line(fmt.Sprintf("configmap, %d B of data", size), configMap(size), "configmaps/shop-production/checkout-config")
	}
	line("endpointslice, no endpoint", slice(0), "endpointslices/shop-production/checkout-abcde")
	for _, n := range []int{0, 3, 10, 100, 1000} {
		line(fmt.Sprintf("endpoints, %d addresses", n), endpoints(n), "services/endpoints/shop-production/checkout")
	}
	for _, shape := range [][2]int{{1, 0}, {2, 10}, {4, 30}} {
		what := fmt.Sprintf(", %d containers, %d env each", shape[0], shape[1])
		line("deployment"+what, deployment(shape[0], shape[1]), "deployments/shop-production/checkout-service")
		line("replicaset"+what, replicaSet(shape[0], shape[1]), "replicasets/shop-production/checkout-service-5d8c6c9b7f")
		line("job"+what, job(shape[0], shape[1]), "jobs/shop-production/checkout-report-29384756")
	}
	line("serviceaccount", serviceAccount(), "serviceaccounts/shop-production/checkout")
	for _, size := range []int{300, 1200, 6000} {
		v, key := custom(size)
		fmt.Printf("%-46s value %6d B  key %3d B\n", fmt.Sprintf("custom resource (JSON), spec of about %d B", size), len(v), len(key))
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "objects:", err)
		os.Exit(1)
	}
}
