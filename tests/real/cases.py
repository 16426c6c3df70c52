"""The cases: a spec each (cases/NAME.toml), rendered for this machine, and what a real kubelet makes of the files."""

import dataclasses
import json
import mmap

import cgroups
import compare
import machine
import node
import pods
from processes import Failed


@dataclasses.dataclass(frozen=True)
class Case:
    """How a rendered tree is started."""
    name: str
    spec: str
    drop_in: bool = False   # the drop-in, over a main file that says nothing
    enforced: bool = False  # the files name cgroups that must be there
    refused: str = ""       # with one reserved byte too few, the kubelet must end with this in its log
    # What the rendered file must say, so that a plan that chooses otherwise does not pass for what the case is about.
    written: tuple = ()


STATIC = (("cpuManagerPolicy", "static"), ("memoryManagerPolicy", "Static"), ("topologyManagerPolicy", "single-numa-node"))
CASES = [
    Case("defaults", "defaults", written=(("cpuManagerPolicy", None), ("memoryManagerPolicy", None))),
    Case("static", "static", written=STATIC),
    Case("static-drop-in", "static", drop_in=True, written=STATIC),
    Case("static-byte-less", "static", refused="is not equal to the value", written=STATIC),
    Case("reserved-cpus", "reserved-cpus", written=(("reservedSystemCPUs", "0"),)),
    Case("enforced", "enforced", enforced=True,
         written=(("enforceNodeAllocatable", ["pods", "kube-reserved", "system-reserved"]),)),
]


def one_byte_less(config):
    """A configuration whose last reservation of memory is a byte smaller: valid alone, but not the sum that it must be."""
    limits = next(entry["limits"] for entry in reversed(config["reservedMemory"]) if "memory" in entry["limits"])
    limits["memory"] = str(int(compare.quantity(limits["memory"])) - 1)
    return config


class Run:
    """One case against one cluster."""

    def __init__(self, case, cluster, minor, tree, catalogue, work, logs, report):
        self.case, self.cluster, self.tree, self.catalogue, self.report = case, cluster, tree, catalogue, report
        self.folder = tree / "node-class" / "node"
        self.plan = json.loads((tree / "plan.json").read_text(encoding="utf-8"))["nodeClasses"]["node"]
        self.kubelet = node.Kubelet(cluster, minor, case.name, work, logs)
        self.kubelet.work.mkdir(parents=True)
        self.config = node.read_yaml(cluster.binary, self.folder / "kubelet.yaml")

    def check(self):
        """All checks of the case."""
        other = [f"{name} is {json.dumps(self.config.get(name))}, not {json.dumps(value)}"
                 for name, value in self.case.written if self.config.get(name) != value]
        if other:
            raise Failed("the plan is not what this case is about: " + ", ".join(other))
        if self.case.drop_in and not self.kubelet.drop_ins:
            self.report.skip(self.case.name, "kubelets take drop-ins without an environment variable from 1.30 on")
            return
        made = [self.config[key].lstrip("/") for key in ("kubeReservedCgroup", "systemReservedCgroup") if key in self.config]
        try:
            for name in made:
                reason = cgroups.make(name)
                if reason:
                    self.report.skip(self.case.name, reason)
                    return
            if self.case.refused:
                self.refused()
            else:
                self.accepted()
        finally:
            self.kubelet.stop()
            for left in [text for name in made + [cgroups.PODS] for text in cgroups.remove(name)]:
                self.report.fail(f"{self.case.name}: cgroup removed", left)

    def refused(self):
        """A kubelet that must not start, for upstream's reason."""
        main = self.kubelet.work / "kubelet.yaml"
        main.write_text(json.dumps(one_byte_less(self.config)), encoding="utf-8")
        self.kubelet.start(main)
        log = self.kubelet.refusal()
        lines = [line for line in log.splitlines() if self.case.refused in line]
        if not lines:
            raise Failed(f"it ended, but nobody said {self.case.refused!r}\n{self.kubelet.process.tail()}")
        self.report.passed(f"{self.case.name}: refused", lines[-1].split("err=")[-1].strip('"')[:200])

    def accepted(self):
        """A kubelet whose node becomes Ready, and what it then says of itself."""
        files = [self.folder / "kubelet.yaml"]
        if self.case.drop_in:
            files = sorted((self.folder / "kubelet.conf.d").glob("*.conf"))
            main = self.kubelet.work / "kubelet.yaml"
            main.write_text("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n", encoding="utf-8")
            self.kubelet.start(main, files)
        else:
            self.kubelet.start(files[0])
        before = machine.mem_total("/proc/meminfo")
        status = self.kubelet.ready()["status"]
        self.report.passed(f"{self.case.name}: node Ready", f"kubelet {status['nodeInfo']['kubeletVersion']}")
        for kind in ("capacity", "allocatable"):
            wrong = list(compare.resources(self.plan[kind], status[kind]))
            if before != machine.mem_total("/proc/meminfo"):
                wrong.append("and the machine's memory changed meanwhile")
            what = ", ".join(f"{name} {value}" for name, value in sorted(status[kind].items()))
            self.report.check(f"{self.case.name}: {kind} as planned", wrong, what)
        self.configuration(files, status)
        wrong, what, unable = [], "", "a pod as large as the machine spans NUMA nodes, which the policy forbids"
        if len(self.plan["machine"]["numa"]) == 1 or self.config.get("topologyManagerPolicy") != "single-numa-node":
            wrong, what, unable = pods.check(self.kubelet, self.plan["allocatable"])
        if unable:
            self.report.skip(f"{self.case.name}: pods", unable)
        else:
            self.report.check(f"{self.case.name}: a pod of all that is allocatable is admitted", wrong, what)
        if self.config.get("memoryManagerPolicy") == "Static":
            self.managers(admitted=not wrong and not unable)
        if self.case.enforced:
            self.limits(status)

    def configuration(self, files, status):
        """/configz against the files over the catalogue's defaults, and whether these comparisons can fail."""
        # Older kubelets have a flag only, or nothing, for some of these.
        overlay = {name: value for name, value in self.kubelet.overlay().items() if name in self.catalogue.units}
        layers = [compare.reported(node.read_yaml(self.cluster.binary, file)) for file in files]
        hidden = [f"{name}: rendered, but the test lays its own value over it" for name in overlay
                  if any(compare.look_up(layer, name) not in (None, overlay[name]) for layer in layers)]
        own = {name: value for name, value in self.kubelet.own(layers).items() if name in self.catalogue.units}
        layers = [own, *layers, overlay]
        configz = self.kubelet.configz()
        wrong = [text for _, text in self.catalogue.differences(configz, *layers)]
        what = f"{len(self.catalogue.units)} fields; {len(overlay)} are the test's, {len(own)} the kubelet's own"
        self.report.check(f"{self.case.name}: configz as written", wrong + hidden, what)
        if not wrong:
            unnoticed = list(compare.unnoticed(self.catalogue, self.plan, status, configz, layers))
            self.report.check(f"{self.case.name}: a difference is noticed", unnoticed, f"{len(self.catalogue.units) + 17} tried")

    def managers(self, admitted):
        """What the managers wrote down: what is kept on each NUMA node, in bytes, and what the admitted pod got."""
        cpu, memory = (json.loads((self.kubelet.work / "root" / f"{name}_manager_state").read_text(encoding="utf-8"))
                       for name in ("cpu", "memory"))
        kept = {node: table["memoryMap"]["memory"]["systemReserved"] for node, table in memory["machineState"].items()}
        planned = {str(entry["numaNode"]): int(compare.quantity(entry["limits"]["memory"])) for entry in self.config["reservedMemory"]}
        wrong = [f"NUMA node {node}: planned {planned.get(node, 0)}, kept {kept.get(node)}"
                 for node in kept.keys() | planned.keys() if kept.get(node) != planned.get(node, 0)]
        what = [f"NUMA node {node} keeps {value} bytes" for node, value in sorted(kept.items())]
        if admitted:
            cpus = pods.given(cpu, "CPU")
            size = sum(block["size"] for block in pods.given(memory, "memory") if block["type"] == "memory")
            what.append(f"the pod has CPUs {cpus} and {size} bytes")
            if set(machine.cpu_list(cpus)) & set(machine.cpu_list(self.config.get("reservedSystemCPUs", ""))):
                wrong.append(f"the pod has CPUs {cpus}, of which the system has {self.config['reservedSystemCPUs']}")
            if size != compare.quantity(self.plan["allocatable"]["memory"]):
                wrong.append(f"the pod has {size} bytes of {self.plan['allocatable']['memory']}")
        self.report.check(f"{self.case.name}: state of the managers", wrong, "; ".join(what))

    def limits(self, status):
        """What the kubelet wrote into the cgroups: reservations as they stand, and for pods what these leave of the machine."""
        wrong, what, left = [], [], compare.quantity(status["capacity"]["memory"])
        for who in ("kube", "system"):
            name = self.config[f"{who}ReservedCgroup"].lstrip("/")
            reserved = self.config[f"{who}Reserved"]
            left -= compare.quantity(reserved["memory"])
            wrong += self.limit(f"{who} memory", reserved["memory"], cgroups.memory_limit(name), what)
            wrong += self.limit(f"{who} pids", reserved["pid"], cgroups.pid_limit(name), what)
            if machine.cgroup_version() == 1:  # version 2 has weights, which the kubelet derives from these by a curve
                shares = int(compare.quantity(reserved["cpu"]) * 1024)
                wrong += self.limit(f"{who} cpu shares", shares, cgroups.cpu_weight(name), what)
        # Pods may use what eviction keeps free, until they are evicted. Version 1 keeps limits in whole pages.
        left = int(left) // mmap.PAGESIZE * mmap.PAGESIZE
        wrong += self.limit("pods memory", left, cgroups.memory_limit(cgroups.PODS), what)
        self.report.check(f"{self.case.name}: limits of cgroups", wrong, ", ".join(what))

    @staticmethod
    def limit(name, want, have, what):
        """One limit, as a list of what is wrong."""
        what.append(f"{name} {have}")
        return [] if have is not None and compare.quantity(want) == have else [f"{name}: planned {want}, in force {have}"]
