//! The disk: the system's part, images in use and idle, pulls under way, logs and what pods write.

use super::inputs::Inputs;
use super::node::Disk;
use super::pod::Pod;
use super::random::Dice;
use std::collections::VecDeque;

/// Seconds between two looks of image collection, and the age that it leaves alone (pkg/kubelet/kubelet.go
/// ImageGCPeriod; imageMinimumGCAge's default).
const COLLECTION: i64 = 300;
const YOUNG: i64 = 120;

/// What is on the disk, in KiB.
#[derive(Clone, Debug)]
pub struct Usage {
    disk: Option<Disk>,
    /// What is never collected: the system, images in use.
    fixed: i64,
    /// Images that no pod uses: since when, and size; oldest first.
    idle: VecDeque<(i64, i64)>,
    /// KiB that each pull under way or waiting still has to write.
    pulls: VecDeque<i64>,
    rate: i64,
    at_once: usize,
    pods: i64,
}

impl Usage {
    /// As the hour begins.
    pub fn new(disk: Option<Disk>, at_once: i64, inputs: &Inputs, dice: Dice) -> Self {
        let size = disk.map_or(0, |d| d.size);
        // Collection would have acted on more than its threshold.
        let used = size * inputs.draw("disk-used", dice).min(disk.map_or(100, |d| d.high)) / 100;
        let system = used * inputs.draw("disk-fixed", dice) / 100;
        let images = used - system;
        let idle = (0..8).map(|_| (0, images / 16)).collect();
        let at_once = usize::try_from(at_once.max(1)).unwrap();
        let rate = inputs.draw("pull-rate", dice);
        Self { disk, fixed: system + images / 2, idle, pulls: VecDeque::new(), rate, at_once, pods: 0 }
    }

    /// A pod needs an image that is not there; the one it replaces is idle from now on.
    pub fn pull(&mut self, size: i64, now: i64) {
        self.pulls.push_back(size);
        self.idle.push_back((now, size));
        self.fixed -= size.min(self.fixed);
    }

    /// Pulls under way.
    pub fn pulling(&self) -> i64 {
        i64::try_from(self.pulls.len().min(self.at_once)).unwrap()
    }

    /// One second. Returns KiB in use.
    pub fn step(&mut self, now: i64) -> i64 {
        for left in self.pulls.iter_mut().take(self.at_once) {
            let written = self.rate.min(*left);
            *left -= written;
            self.fixed += written;
        }
        self.pulls.retain(|left| *left > 0);
        if now % COLLECTION == 0 {
            self.collect(now);
        }
        self.used()
    }

    /// What pods hold, counted every ten seconds.
    pub fn count(&mut self, pods: &[Pod]) {
        self.pods = pods.iter().map(|p| p.logged() + p.written).sum();
    }

    fn used(&self) -> i64 {
        self.fixed + self.pods + self.idle.iter().map(|i| i.1).sum::<i64>()
    }

    fn collect(&mut self, now: i64) {
        let Some(disk) = self.disk else { return };
        if self.used() * 100 < disk.size * disk.high {
            return;
        }
        while self.used() * 100 > disk.size * disk.low && self.idle.front().is_some_and(|i| now - i.0 >= YOUNG) {
            self.idle.pop_front();
        }
    }

    /// Whether less is free than must be, after idle images of any age were dropped, as before an eviction.
    pub fn pressed(&mut self) -> bool {
        let Some(disk) = self.disk else { return false };
        if disk.size - self.used() < disk.free {
            self.idle.clear();
        }
        disk.size - self.used() < disk.free
    }

    /// Whether nothing is left.
    pub fn full(&self) -> bool {
        self.disk.is_some_and(|d| self.used() >= d.size)
    }
}
