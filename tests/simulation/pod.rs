//! One place for a pod and what runs in it: what it was drawn as stays with the place, as a workload's habits outlive its
//! pods.

use super::inputs::Inputs;
use super::mix::Kind;
use super::random::Dice;
use std::collections::VecDeque;

/// A place and its pod.
#[derive(Clone, Debug)]
pub struct Pod {
    dice: Dice,
    /// KiB requested, containers, and whether it is there for the node's sake.
    pub request: i64,
    pub containers: i64,
    pub stays: bool,
    /// KiB: what it tends to, what it holds, what it gains per second.
    pub usual: i64,
    pub memory: i64,
    pub gain: i64,
    pub leak: Option<i64>,
    /// Weight in the share-out of memory when the hour begins.
    pub weight: i64,
    /// Second from which it runs, and at which it ends by itself.
    pub from: i64,
    pub ends: Option<i64>,
    job: bool,
    lives: u64,
    crashes: u32,
    /// Long-lived connections, thousandths of new ones and of look-ups per second.
    pub connections: i64,
    pub rate: i64,
    pub lookups: i64,
    /// Tasks, and tasks gained per second from a second on.
    pub tasks: i64,
    pub base_tasks: i64,
    pub forks: Option<(i64, i64)>,
    pub probe: bool,
    /// Bytes per second and container; files of one container, newest last; KiB written elsewhere, per second and in all.
    log_rate: i64,
    logs: VecDeque<i64>,
    write_rate: i64,
    pub written: i64,
    /// KiB of its image.
    pub image: i64,
}

impl Pod {
    /// Draws a place.
    pub fn new(kind: &Kind, inputs: &Inputs, dice: Dice, probes: i64, jobs: i64) -> Self {
        let draw = |name: &str| inputs.draw(name, dice);
        let job = !kind.stays && dice.named("job").below(100) < jobs;
        let stated = |n: i64| n * draw("connections-kept") / 100;
        let tasks = draw("tasks") * kind.containers + 1;
        let mut pod = Self {
            dice,
            request: kind.memory,
            containers: kind.containers,
            stays: kind.stays,
            usual: 0,
            memory: 0,
            gain: 0,
            leak: None,
            weight: kind.memory * draw("usage") / 100 + 1024,
            from: 0,
            ends: None,
            job,
            lives: 0,
            crashes: 0,
            connections: kind.connections.map_or_else(|| draw("connections-unstated"), stated),
            rate: kind.rate.map_or_else(|| draw("connection-rate"), |rate| stated(rate * 1000)),
            lookups: draw("lookup-rate"),
            tasks,
            base_tasks: tasks,
            forks: None,
            probe: dice.named("probe").below(100) < probes,
            log_rate: draw("log-rate"),
            logs: VecDeque::from([0]),
            write_rate: draw("write-rate"),
            written: 0,
            image: draw("image-size"),
        };
        // A job that runs when the hour begins is somewhere in its life.
        pod.ends = job.then(|| pod.dice.named("phase").below(1 + inputs.draw("lifetime", pod.dice)));
        pod
    }

    /// Whether it runs.
    pub fn runs(&self, now: i64) -> bool {
        now >= self.from
    }

    /// Another pod takes the place, from a second on.
    pub fn replace(&mut self, inputs: &Inputs, from: i64) {
        self.lives += 1;
        let dice = self.dice.of(self.lives);
        self.from = from;
        self.ends = self.job.then(|| from + inputs.draw("lifetime", dice));
        self.crashes = 0;
        self.logs = VecDeque::from([0]);
        self.written = 0;
        self.begin();
    }

    /// Its container was killed and comes back after the kubelet's back-off: ten seconds, doubling to five minutes.
    pub fn crash(&mut self, now: i64) {
        self.from = now + (10 << self.crashes.min(5)).min(300);
        self.crashes += 1;
        self.begin();
    }

    fn begin(&mut self) {
        self.memory = self.usual / 2;
        self.gain = self.leak.unwrap_or((self.usual - self.memory) / 60);
        self.tasks = self.base_tasks;
    }

    /// Once a minute: where its memory goes now.
    pub fn aim(&mut self, inputs: &Inputs, minute: i64) {
        let dice = self.dice.named("minute").of(u64::try_from(minute).unwrap());
        let target = self.usual * inputs.draw("swing", dice) / 100;
        self.gain = self.leak.unwrap_or((target - self.memory) / 60);
    }

    /// Ten seconds of writing, then the kubelet's look at log sizes (containerLogMonitorInterval is ten seconds).
    pub fn write(&mut self, (size, files): (i64, i64)) {
        self.written += self.write_rate * 10 / 1024;
        if let Some(newest) = self.logs.back_mut() {
            *newest += self.log_rate * 10;
            if *newest > size {
                self.logs.push_back(0);
            }
        }
        while self.logs.len() > usize::try_from(files.max(1)).unwrap() {
            self.logs.pop_front();
        }
    }

    /// KiB of all its containers' log files.
    pub fn logged(&self) -> i64 {
        self.logs.iter().sum::<i64>() * self.containers / 1024
    }

    /// A chance that belongs to this life of the place.
    pub fn chance(&self, name: &str) -> i64 {
        self.dice.of(self.lives).named(name).below(100)
    }
}
