"""Pods as a kubelet admits or refuses them: by what it takes for allocatable, and by what its managers can give."""

import compare
from processes import Failed, get, post


def create(cluster, name, node, cpu, memory):
    """A Guaranteed pod, bound to the node by its own words: no scheduler is asked, the kubelet decides."""
    resources = {"cpu": cpu, "memory": memory}
    container = {"name": "main", "image": "localhost/none", "resources": {"requests": resources, "limits": resources}}
    post(f"{cluster.url}/api/v1/namespaces/default/pods", {
        "metadata": {"name": name}, "spec": {
            "nodeName": node, "automountServiceAccountToken": False, "enableServiceLinks": False,
            "tolerations": [{"operator": "Exists"}], "terminationGracePeriodSeconds": 0, "containers": [container]}})


def outcome(kubelet, name):
    """`admitted`, or the reason of the refusal. An admitted pod gets no further than to its image, which nobody has."""
    def ask():
        status = (get(f"{kubelet.cluster.url}/api/v1/namespaces/default/pods/{name}") or {}).get("status", {})
        if status.get("phase") == "Failed":
            return f"{status.get('reason')}: {status.get('message')}"
        return "admitted" if status.get("containerStatuses") else None
    return kubelet.process.wait_for(f"decision on pod {name}", ask, kubelet.process.seconds() + 60)


# Who refuses the larger pod depends on who counts first: node's allocatable, or a manager on its NUMA nodes.
TOO_MUCH = ("OutOfmemory", "TopologyAffinityError", "UnexpectedAdmissionError")


def check(kubelet, allocatable):
    """What is wrong with the kubelet's decisions on two pods: one of a byte more than is allocatable, one of exactly that; and a
    reason why the machine has none to make."""
    cpu, memory = allocatable["cpu"], int(compare.quantity(allocatable["memory"]))
    answers = []
    for name, size in ((f"{kubelet.name}-more", memory + 1), (f"{kubelet.name}-all", memory)):
        create(kubelet.cluster, name, kubelet.name, cpu, str(size))
        answers.append(outcome(kubelet, name))
        if "DiskPressure" in answers[-1]:
            return [], "", "the machine's disk is nearly full by the plan's own thresholds, so the kubelet takes no pod"
    wrong = []
    if not answers[0].startswith(TOO_MUCH):
        wrong.append(f"cpu {cpu}, memory {memory + 1}, a byte more than allocatable: {answers[0]}")
    if answers[1] != "admitted":
        wrong.append(f"cpu {cpu}, memory {memory}, all that is allocatable: {answers[1]}")
    return wrong, f"cpu {cpu}, memory {memory}; with a byte more {answers[0].split(':', maxsplit=1)[0]}", None


def given(state, what):
    """The entries that a manager's state file has for the pod that was admitted."""
    found = [entry for containers in state.get("entries", {}).values() for entry in containers.values()]
    if len(found) != 1:
        raise Failed(f"the {what} manager's state has {len(found)} entries, not that of one pod: {state}")
    return found[0]
