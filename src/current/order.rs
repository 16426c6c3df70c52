//! Of several files of one component, the one that it reads as its main file.

use super::{Layer, Reading};

/// The file that a command line names for a component's configuration, as it is typed; of several command lines the last one.
pub fn named_file<'r>(component: &str, readings: impl DoubleEndedIterator<Item = &'r Reading>) -> Option<&'r str> {
    let name = format!("{component}/{}", if component == "etcd" { "config-file" } else { "config" });
    readings.rev().find_map(|reading| reading.stated.get(&name)?.value.as_str())
}

/// The main file: the one that the command line names, else one that is a configuration file and no object that carries one,
/// else the first. Each reading comes with whether it is a drop-in file.
#[must_use]
pub fn main_file(component: &str, readings: &[(bool, &Reading)]) -> Option<usize> {
    let named = named_file(component, readings.iter().map(|(_, reading)| *reading));
    let is_main = |(drop_in, reading): &(bool, &Reading)| reading.layer == Layer::File && !drop_in;
    let mains = || readings.iter().enumerate().filter(|(_, one)| is_main(one));
    let of = |wanted: &dyn Fn(&Reading) -> bool| mains().find(|(_, (_, reading))| wanted(reading)).map(|(at, _)| at);
    named.and_then(|path| of(&|r| is_at(r, path))).or_else(|| of(&|r| r.verbatim)).or_else(|| of(&|_| true))
}

/// Whether a reading is of the file that a command line names: of a copy, the end of its path.
#[must_use]
pub fn is_at(reading: &Reading, path: &str) -> bool {
    reading.path == path || reading.path.ends_with(&format!("/{}", path.trim_start_matches('/')))
}
