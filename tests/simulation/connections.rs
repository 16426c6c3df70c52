//! The connection table: long-lived entries, closed ones until the kernel forgets them, look-ups, half-closed ones.

use super::inputs::Inputs;
use super::pod::Pod;
use super::random::Dice;
use std::collections::VecDeque;

/// Seconds that the kernel keeps a closed TCP entry (nf_conntrack_tcp_timeout_time_wait), and an answered look-up
/// (nf_conntrack_udp_timeout): torvalds/linux Documentation/networking/nf_conntrack-sysctl.rst.
const TIME_WAIT: usize = 120;
const LOOK_UP: i64 = 30;
/// A look-up asks for both families.
const PER_LOOK_UP: i64 = 2;

/// The table of a node.
#[derive(Clone, Debug)]
pub struct Connections {
    /// Thousandths of entries closed in each of the last seconds, and their sum.
    closed: VecDeque<i64>,
    waiting: i64,
    forgotten: i64,
    close_wait: i64,
}

impl Connections {
    /// As it is after pods of these habits have run for a while.
    pub fn new(pods: &[Pod], inputs: &Inputs, dice: Dice, close_wait: i64) -> Self {
        let rate: i64 = pods.iter().map(|p| p.rate).sum();
        let forgotten = inputs.draw("forgotten", dice);
        Self { closed: VecDeque::from(vec![rate; TIME_WAIT]), waiting: rate * 120, forgotten, close_wait }
    }

    /// One second; `left` are connections of pods that went. Returns entries.
    pub fn step(&mut self, [long, rate, lookups]: [i64; 3], traffic: i64, left: i64) -> i64 {
        let (rate, lookups) = (rate * traffic / 100, lookups * traffic / 100);
        let closing = rate + left * 1000;
        self.closed.push_back(closing);
        self.waiting += closing - self.closed.pop_front().unwrap_or(0);
        let half = rate * self.forgotten / 1_000_000 * self.close_wait;
        long + (self.waiting + half + lookups * LOOK_UP * PER_LOOK_UP) / 1000
    }
}
