//! One hour of one node in steps of a second.

use super::connections::Connections;
use super::disk::Usage;
use super::inputs::Inputs;
use super::kubelet::{self, LOOK, Manager};
use super::node::Node;
use super::outcome::{Limit, Outcome};
use super::place::places;
use super::pod::Pod;
use super::random::Dice;
use super::side::{Load, Side};
use std::collections::VecDeque;

/// Seconds simulated.
const HOUR: i64 = 3600;
/// Seconds without a heartbeat after which the control plane gives a node up: node-monitor-grace-period, 50 s since 1.32.
const SILENCE: usize = 50;
/// Seconds until a pod that was evicted has a successor here.
const AWAY: i64 = 120;

/// A node in the middle of its hour.
struct Hour<'a> {
    node: &'a Node,
    inputs: &'a Inputs,
    dice: Dice,
    now: i64,
    side: Side,
    pods: Vec<Pod>,
    connections: Connections,
    disk: Usage,
    manager: Manager,
    /// Seconds at which a deployment replaces pods.
    rollouts: Vec<i64>,
    /// Percent of starts whose image is not there.
    cold: i64,
    load: Load,
    rates: [i64; 3],
    /// Connections of pods that went in this second.
    left: i64,
    /// Micro-CPU of the last seconds; CPU microseconds of starts that wait, and since when.
    cpu: VecDeque<i64>,
    starting: i64,
    waiting: i64,
    out: Outcome,
}

/// Simulates an hour.
pub fn simulate(node: &Node, inputs: &Inputs, seed: u64) -> Outcome {
    let dice = Dice::new(seed);
    let pods = places(node, inputs, dice);
    let count = inputs.draw("rollouts", dice);
    let rollouts = (0..count).map(|i| dice.named("rollout").of(i.unsigned_abs()).below(HOUR)).collect();
    let mut hour = Hour {
        side: Side::new(node, inputs, dice),
        connections: Connections::new(&pods, inputs, dice, node.close_wait),
        disk: Usage::new(node.disk, node.pulls, inputs, dice),
        cold: inputs.draw("cold-images", dice),
        manager: Manager::default(),
        load: Load::default(),
        rates: [0; 3],
        left: 0,
        cpu: VecDeque::new(),
        starting: 0,
        waiting: 0,
        out: Outcome::default(),
        now: 0,
        node,
        inputs,
        dice,
        pods,
        rollouts,
    };
    for now in 0..HOUR {
        hour.now = now;
        hour.lives();
        let tasks = hour.count();
        hour.network();
        hour.storage();
        hour.memory();
        hour.processor();
        if now % LOOK == 0 {
            hour.look(tasks);
        }
    }
    hour.out
}

impl Hour<'_> {
    /// A draw that belongs to this minute of the node.
    fn moment(&self, name: &str) -> i64 {
        self.inputs.draw(name, self.dice.named("minute").of((self.now / 60).unsigned_abs()))
    }

    /// A pod goes and another takes its place: work for the kubelet, perhaps an image.
    fn replace(&mut self, place: usize, from: i64) {
        let pod = &mut self.pods[place];
        self.left += pod.connections;
        pod.replace(self.inputs, from);
        self.starting += self.side.start * pod.containers * 1000;
        if pod.chance("cold") < self.cold {
            self.disk.pull(pod.image, self.now);
        }
    }

    /// Jobs end, deployments replace.
    fn lives(&mut self) {
        self.left = 0;
        let (now, jobs) = (self.now, 0..self.pods.len());
        for place in jobs {
            if self.pods[place].ends.is_some_and(|end| end <= now) {
                self.replace(place, now + 1);
            }
        }
        for rollout in 0..self.rollouts.len() {
            if self.rollouts[rollout] == now {
                let share = self.inputs.draw("rollout-size", self.dice.named("size").of(rollout as u64));
                for place in 0..self.pods.len() {
                    if !self.pods[place].stays && self.pods[place].chance("rollout") < share {
                        self.replace(place, now + 1);
                    }
                }
            }
        }
    }

    /// What runs now; returns tasks.
    fn count(&mut self) -> i64 {
        let now = self.now;
        let mut load = Load { entries: self.load.entries, pulls: self.disk.pulling(), ..Load::default() };
        let (mut rates, mut tasks) = ([0; 3], 0);
        for (place, pod) in self.pods.iter_mut().enumerate() {
            if !pod.runs(now) {
                continue;
            }
            if (now + place as i64) % 60 == 0 {
                pod.aim(self.inputs, now / 60);
            }
            pod.memory = (pod.memory + pod.gain).max(0);
            if let Some((_, gain)) = pod.forks.filter(|f| f.0 <= now) {
                // Beyond its limit a pod fails to fork, which is its own matter.
                pod.tasks = (pod.tasks + gain).min(self.node.pod_tasks);
            }
            load.pods += 1;
            load.containers += pod.containers;
            load.probes += i64::from(pod.probe);
            tasks += pod.tasks;
            for (sum, more) in rates.iter_mut().zip([pod.connections, pod.rate, pod.lookups]) {
                *sum += more;
            }
        }
        (self.load, self.rates) = (load, rates);
        tasks + self.side.tasks(load)
    }

    fn network(&mut self) {
        let traffic = self.moment("traffic");
        self.load.entries = self.connections.step(self.rates, traffic, self.left);
        self.out.entries = self.out.entries.max(self.load.entries);
        if self.load.entries > self.node.entries {
            self.out.broke(Limit::Connections, self.now);
            self.load.entries = self.node.entries;
        }
    }

    fn storage(&mut self) {
        let used = self.disk.step(self.now);
        self.out.disk = self.out.disk.max(used);
        if self.disk.full() {
            self.out.broke(Limit::Disk, self.now);
        }
    }

    /// The kernel's part: pods beyond their cgroup's limit are killed there; a node without memory is broken.
    fn memory(&mut self) {
        let limit = self.node.pods_limit();
        let outside = self.side.memory(self.load, self.moment("garbage"));
        self.out.outside = self.out.outside.max(outside);
        let mut used: i64 = self.pods.iter().filter(|p| p.runs(self.now)).map(|p| p.memory).sum();
        while used > limit || used + outside > self.node.memory {
            if used <= limit {
                self.out.broke(Limit::Memory, self.now);
            }
            let Some(place) = kubelet::greediest(&self.pods, self.now) else { break };
            used -= self.pods[place].memory;
            self.out.killed += 1;
            self.pods[place].crash(self.now);
            self.starting += self.side.start * self.pods[place].containers * 1000;
        }
    }

    /// What cannot wait is held against the reservation, as if the pods took all the rest. Starts take what the kernel's
    /// weights leave beside it.
    fn processor(&mut self) {
        let noise = self.inputs.draw("cpu-noise", self.dice.named("noise").of((self.now / LOOK).unsigned_abs()));
        let steady = self.side.cpu(self.load, noise);
        self.cpu.push_back(steady);
        if self.cpu.len() > SILENCE {
            self.cpu.pop_front();
            let mean = self.cpu.iter().sum::<i64>() / SILENCE as i64;
            self.out.cpu = self.out.cpu.max(mean);
            if mean > self.node.reserved_cpu {
                self.out.broke(Limit::Cpu, self.now);
            }
        }
        let left = self.node.weighed_cpu.max(self.node.reserved_cpu) - steady;
        self.starting = (self.starting - left.max(0)).max(0);
        self.waiting = if self.starting > 0 { self.waiting + 1 } else { 0 };
        self.out.wait = self.out.wait.max(self.waiting);
    }

    /// Every ten seconds: logs are rotated, and one pod may have to go.
    fn look(&mut self, tasks: i64) {
        let now = self.now;
        for pod in self.pods.iter_mut().filter(|p| p.runs(now)) {
            pod.write(self.node.log);
        }
        self.disk.count(&self.pods);
        self.out.logs = self.out.logs.max(self.pods.iter().map(Pod::logged).sum());
        self.out.tasks = self.out.tasks.max(tasks);
        if tasks > self.node.tasks {
            self.out.broke(Limit::Tasks, now);
        }
        let used: i64 = self.pods.iter().filter(|p| p.runs(now)).map(|p| p.memory).sum();
        let available = self.node.memory - used - self.side.memory(self.load, self.moment("garbage"));
        let victim = if self.manager.memory(self.node, available, self.node.pods_limit() - used, now) {
            kubelet::greediest(&self.pods, now)
        } else if self.disk.pressed() {
            kubelet::most(&self.pods, now, |p| p.logged() + p.written)
        } else if self.node.tasks - tasks < self.node.tasks_free {
            kubelet::most(&self.pods, now, |p| p.tasks)
        } else {
            None
        };
        if let Some(place) = victim {
            self.out.evicted += 1;
            self.replace(place, now + AWAY);
        }
    }
}
