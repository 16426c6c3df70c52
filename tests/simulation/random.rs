//! Chance without state: a number follows from a key and labels, so that one more draw anywhere moves no other.
//!
//! Plans with smaller reservations meet the very same node and pods under the same seed, which is what makes their shares
//! comparable. Integers only, so that a seed means the same on every machine.

/// A key to draw from.
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

/// The finishing step of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)))
    }

    /// Of something below: a pod, a minute, a quantity.
    pub fn of(self, label: u64) -> Self {
        Self(mix(self.0 ^ mix(label.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))))
    }

    /// Of something named.
    pub fn named(self, name: &str) -> Self {
        name.bytes().fold(self, |dice, byte| dice.of(u64::from(byte)))
    }

    /// From zero to one less than `bound`.
    pub fn below(self, bound: i64) -> i64 {
        let bound = u64::try_from(bound.max(1)).unwrap();
        i64::try_from(((u128::from(mix(self.0)) * u128::from(bound)) >> 64) as u64).unwrap()
    }
}
