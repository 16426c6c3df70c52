//! Zeros that mean unset: upstream's defaulting cannot tell a stated zero from none where the field is no pointer.

use super::{Layer, Stated};
use crate::catalog::{self, Form, Type};
use crate::facts::typed::{is_no_time, is_zero};
use crate::quantity::Minor;

/// Whether upstream sets defaults after it has read a layer: never after a command line, and after drop-ins in newer minors.
#[must_use]
pub fn is_defaulted(layer: Layer, version: Minor) -> bool {
    match layer {
        Layer::File => true,
        Layer::DropIn => catalog::behaviour("kubelet-drop-in-defaults-after", version).is_some(),
        Layer::Flags => false,
    }
}

/// Whether what is stated is a zero that upstream takes for unset in `version`.
pub(super) fn is_unset(name: &str, stated: &Stated, version: Minor) -> bool {
    let value = &stated.value;
    if !is_defaulted(stated.layer, version) {
        return false;
    }
    let span = || catalog::row(name).and_then(|t| t.span(version));
    let duration = || catalog::row(name).is_some_and(|t| t.kind_in(version) == Type::Duration);
    (is_zero(value) || is_no_time(value) && duration())
        && span().is_some_and(|s| s.form == Form::Field && !s.go.starts_with('*'))
}
