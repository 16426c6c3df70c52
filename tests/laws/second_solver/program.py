"""One node class as a mixed-integer program with every placement an integer, written from docs and issue, not from src/rules.

Reserved amounts are straight lines over the pods, each rounded up; kinds of pods are counted whole or as an average; under a
strict topology policy every pod with CPUs of its own lies on one NUMA node, or alone on a group of as few as it needs. Memory is
in MiB, CPU in whole CPUs, so that the solver's numbers stay small.
"""

import itertools

import highspy

KIB = 1 / 1024
OTHERS = ["2Mi", "1Gi", "device"]


def up(a, b):
    """a / b, rounded up, exactly."""
    return -(-a // b)


def holds(node, pod):
    """Whether one node, empty, has all that a pod needs."""
    return all(node[r] >= pod[r] for r in ["cpus", "memory", *OTHERS])


def width(nodes, pod, policy):
    """NUMA nodes of one pod: one, or what every provider of hints calls the fewest; None where they differ."""
    if any(holds(n, pod) for n in nodes):
        return 1
    if policy != "restricted":
        return None

    def fewest(resources):
        for size in range(1, len(nodes) + 1):
            if any(all(sum(n[r] for n in some) >= pod[r] for r in resources) for some in itertools.combinations(nodes, size)):
                return size
        return None

    cpus, memory, device = fewest(["cpus"]), fewest(["memory", "2Mi", "1Gi"]), fewest(["device"])
    if None in (cpus, memory, device):
        return None
    tied = pod["device"] > 0 and any(n["device"] < 1 << 40 for n in nodes)
    if not any(all(sum(n[r] for n in some) >= pod[r] for r in ["cpus", "memory", *OTHERS]) for some in itertools.combinations(nodes, cpus)):
        return None
    alike = (pod["memory"] == 0 or memory == cpus) and (not tied or device == cpus)
    return cpus if cpus > 1 and alike else None


class Program:
    """The program under one policy. `rows` says which capacity rows are in it: none, all, or all with the goal's free part."""

    def __init__(self, it, policy, rows, least, most):
        self.it, self.policy = it, policy
        self.h = highspy.Highs()
        self.h.setOptionValue("output_flag", False)
        self.h.setOptionValue("threads", 1)
        self.h.setOptionValue("mip_rel_gap", 0.0)
        self.h.setOptionValue("mip_abs_gap", 0.0)
        self.h.setOptionValue("mip_feasibility_tolerance", 1e-9)
        self.h.setOptionValue("time_limit", 120.0)
        self.possible = least <= most
        if not self.possible:
            return
        self.pods = self.integer(least, most)
        self.mix = self.pods - it["first"]
        self.counts = [self.count(p) for p in it["pods"]]
        self.reserve()
        if rows:
            self.capacity(rows == "headroom")
        self.place()

    def integer(self, least, most):
        return self.h.addVariable(lb=least, ub=most, type=highspy.HighsVarType.kInteger)

    def real(self, most):
        return self.h.addVariable(lb=0, ub=most)

    def count(self, pod):
        if pod["count"] is not None:
            return self.integer(pod["count"], pod["count"])
        n = self.integer(0, 20000)
        self.h.addConstr(n >= self.mix * (pod["share"] / 1e6))
        return n

    def line(self, line, table, unit):
        """An amount in `unit`s: at least the line, in whole multiples of its step; a cap is one of two ways."""
        step = max(line["per"], 1)
        whole = self.integer(0, 1 << 30)
        demand = self.pods * (line["each"] / 1000 / step) + line["base"] / 1000 / step
        if line["entries"]:
            demand = demand + table * (1 / step)
        if line["cap"] is None:
            self.h.addConstr(whole >= demand)
        else:
            capped = self.integer(0, 1)
            self.h.addConstr(whole + capped * (1 << 24) >= demand)
            self.h.addConstr(whole >= capped * (line["cap"] / step))
        least, most = line["pin"]
        if least is not None:
            self.h.addConstr(whole >= least / step)
        if most is not None:
            self.h.addConstr(whole <= most / step)
        return whole * (step * unit)

    def reserve(self):
        it = self.it
        entries, table = self.integer(0, 1 << 30), self.integer(0, 1 << 30)
        self.h.addConstr(entries >= self.pods * (it["entries"][1] / 1e6) + it["entries"][0] / 1e6)
        factor = max(line["entries"] for line in it["memoryLines"])
        self.h.addConstr(table >= entries * (factor / 4096))
        memory = [self.line(line, table, KIB) for line in it["memoryLines"]]
        cpu = [self.line(line, table, 1e-6) for line in it["cpuLines"]]
        self.memory, self.cpu = memory[0] + memory[1], cpu[0] + cpu[1]
        self.eviction = it["eviction"] * KIB
        self.cores = self.integer(1 if it["staticCpus"] else 0, 1 << 16)
        if it["staticCpus"]:
            self.h.addConstr(self.cores * it["threads"] >= self.cpu)

    def requested(self, resource):
        it = self.it
        total = self.mix * float(it["average"][resource])
        for pod, count in zip(it["pods"], self.counts):
            if pod["whole"] or pod["count"] is not None:
                total = total + count * float(pod["request"][resource])
        return total

    def capacity(self, headroom):
        it = self.it
        free = it["free"] if headroom else {"memory": 0, "cpu": 0}
        pages = sum(n["pages"] for n in it["nodes"])
        used = self.requested("memory") + self.memory + (self.eviction + pages + free["memory"])
        self.h.addConstr(used <= it["capacity"]["memory"])
        kept = self.cores * it["threads"]
        if it["pinnedCpus"] is not None:
            kept = self.cores * 0 + sum(it["pinnedCpus"])
        charged = kept if it["chooses"] or it["pinnedCpus"] is not None else self.cpu
        self.h.addConstr(self.requested("cpu") + charged + free["cpu"] <= it["capacity"]["cpu"])
        own = [(p, n) for p, n in zip(it["pods"], self.counts) if p["own"]]
        total = kept
        for pod, count in own:
            total = total + count * pod["cpus"]
        if it["staticCpus"]:
            self.h.addConstr(total <= it["capacity"]["cpu"])
        for resource in OTHERS:
            asked = [(p["total"][resource], n) for p, n in zip(it["pods"], self.counts) if p["total"][resource] > 0]
            if asked:
                total = self.cores * 0
                for need, count in asked:
                    total = total + count * need
                self.h.addConstr(total <= it["totals"][resource])

    def place(self):
        """Pods, the system's cores and its memory, on nodes."""
        it, h = self.it, self.h
        nodes, loose = it["nodes"], self.policy == "loose"
        self.kept = []
        core = []
        for at, node in enumerate(nodes):
            if it["layout"] is None:
                core.append(self.integer(0, int(node["cpus"] // it["threads"])))
        if it["layout"] is None:
            total = self.cores * 0
            for c in core:
                total = total + c
            if it["staticCpus"]:
                h.addConstr(total == self.cores)
        elif it["layout"] != "pinned":
            core = self.dealt()
        memory = [self.real(float(n["memory"]) / (1 << 20)) for n in nodes]
        total = self.cores * 0
        for m in memory:
            total = total + m
        h.addConstr(total == self.memory + self.eviction)
        cpus_left, memory_left, others_left = [], [], []
        for at, node in enumerate(nodes):
            kept = core[at] * it["threads"] if it["layout"] != "pinned" else self.cores * 0 + it["pinnedCpus"][at]
            cpus_left.append(kept)
            memory_left.append(memory[at] * 1.0)
            others_left.append({r: self.cores * 0 for r in OTHERS})
        alone = [self.cores * 0 for _ in nodes]
        narrow = []
        for pod, count in zip(it["pods"], self.counts):
            if loose or not pod["own"] or pod["count"] == 0:
                continue
            wide = width(nodes, pod, self.policy)
            if wide is None:
                h.addConstr(count <= 0)
                continue
            if wide > 1:
                self.groups(pod, count, wide, alone, cpus_left, memory_left, others_left)
                continue
            total = self.cores * 0
            for at, node in enumerate(nodes):
                if not holds(node, pod):
                    continue
                most = min(node[r] // pod[r] for r in ["cpus", "memory", *OTHERS] if pod[r] > 0)
                y = self.integer(0, int(most))
                narrow.append((at, y, int(most)))
                total = total + y
                cpus_left[at] = cpus_left[at] + y * pod["cpus"]
                memory_left[at] = memory_left[at] + y * (pod["memory"] / (1 << 20))
                for r in OTHERS:
                    if pod[r] > 0:
                        others_left[at][r] = others_left[at][r] + y * pod[r]
            h.addConstr(total == count)
        for at, node in enumerate(nodes):
            h.addConstr(cpus_left[at] <= node["cpus"])
            h.addConstr(memory_left[at] <= node["memory"] / (1 << 20))
            for r in OTHERS:
                if node[r] < 1 << 40:
                    h.addConstr(others_left[at][r] <= node[r])
            h.addConstr(alone[at] <= 1)
        for at, y, most in narrow:
            h.addConstr(y + alone[at] * most <= most)

    def groups(self, pod, count, wide, alone, cpus_left, memory_left, others_left):
        """Each pod on a group of its own: which nodes, and how much of each."""
        h, nodes = self.h, self.it["nodes"]
        total = self.cores * 0
        for _ in range(len(nodes) // wide):
            there = self.integer(0, 1)
            total = total + there
            members, parts = there * 0, {r: there * 0 for r in ["cpus", "memory", *OTHERS]}
            for at, node in enumerate(nodes):
                z = self.integer(0, 1)
                members = members + z
                alone[at] = alone[at] + z
                for r in parts:
                    if pod[r] == 0:
                        continue
                    scale = 1 << 20 if r == "memory" else 1
                    has = min(node[r], pod[r]) / scale
                    part = self.real(has)
                    h.addConstr(part <= z * has)
                    parts[r] = parts[r] + part
                    if r == "cpus":
                        cpus_left[at] = cpus_left[at] + part
                    elif r == "memory":
                        memory_left[at] = memory_left[at] + part
                    else:
                        others_left[at][r] = others_left[at][r] + part
            h.addConstr(members == there * wide)
            for r, part in parts.items():
                if pod[r] > 0:
                    h.addConstr(part == there * (pod[r] / (1 << 20 if r == "memory" else 1)))
        h.addConstr(total == count)

    def dealt(self):
        """Cores per node where the spec or the kubelet says how they are dealt out: one case per number of cores."""
        it = self.it
        cases = it["layout"]
        chosen = [self.integer(0, 1) for _ in cases]
        one, number = self.cores * 0, self.cores * 0
        for n, z in enumerate(chosen):
            one, number = one + z, number + z * n
        self.h.addConstr(one == 1)
        if it["staticCpus"]:
            self.h.addConstr(number == self.cores)
        out = []
        for at in range(len(it["nodes"])):
            total = self.cores * 0
            for n, z in enumerate(chosen):
                total = total + z * cases[n][at]
            out.append(total)
        return out

    def solve(self, objective, sense):
        """The best value of an objective, None where there is no solution; a limit that is reached is an error."""
        if not self.possible:
            return None
        (self.h.maximize if sense == "max" else self.h.minimize)(objective)
        status = self.h.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status == highspy.HighsModelStatus.kUnboundedOrInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(str(status))
        return self.h.getObjectiveValue()
