//! Discovery: the hardware of a machine, read from its `/proc` and `/sys` or from dumps of them, as a node class to paste.
//!
//! Pure: a [`Tree`] of recorded files and the texts of dumps go in, a [`Known`] comes of each, [`combine`] makes one machine
//! of them, [`fragment`] writes it. What no source tells is left out and said; nothing is guessed.

mod combine;
mod cores;
mod device;
mod dump;
mod fragment;
mod known;
mod lscpu;
mod lscpu_table;
mod mask;
mod node;
mod record;
mod stats;
mod sys;
mod tree;

pub use combine::combine;
pub use dump::{read, tree};
pub use fragment::fragment;
pub use known::{Device, Disk, Disks, Known, Node};
pub use sys::mounts;
pub use tree::{LARGEST, Tree, WANTED, kept};
