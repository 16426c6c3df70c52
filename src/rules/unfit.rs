//! What is said when no plan fits: every minimal conflict, and a change that was solved and works.

use crate::diag::Place;

/// Rules that cannot all hold, and none of which can be left out of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Rule ids, with what they apply to.
    pub rules: Vec<String>,
    /// One line of arithmetic each.
    pub arithmetic: Vec<String>,
}

/// A change that was solved and works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WayOut {
    /// The change, in the imperative, with its arithmetic.
    pub text: String,
    /// Where it is made.
    pub place: Place,
    /// The new text.
    pub replacement: String,
    /// Path of the changed key.
    pub path: String,
}

/// A node class or cluster for which no plan exists.
#[derive(Clone, Debug)]
pub struct Unfit {
    /// Class name, empty for the cluster.
    pub class: String,
    /// One sentence.
    pub message: String,
    /// What was asked for, with places.
    pub asked: Vec<(Place, String)>,
    /// What it clashes with, with places.
    pub against: Vec<(Place, String)>,
    /// Minimal conflicts, smallest first.
    pub conflicts: Vec<Conflict>,
    /// Whether these are all of them.
    pub complete: bool,
    /// A change that works.
    pub way_out: Option<WayOut>,
}
