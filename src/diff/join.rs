//! What the files of one component in one scope come to: its main file, drop-ins over it, its command line over those.

use super::Given;
use super::assign::about;
use crate::current::{Current, Layer, Reading, is_at, is_flags, main_file, named_file};
use crate::diag::{Finding, Place};
use std::sync::Arc;

/// The configuration, as `check` puts it together, and what of it could not be used. `help`: what to do about two main files.
pub(super) fn join(
    component: &'static str,
    scope: &str,
    files: Vec<Given>,
    help: &str,
) -> (Option<Current>, Vec<Finding>) {
    let (files, mut findings) = without_told(component, files);
    let (mut mains, mut over): (Vec<Given>, Vec<Given>) = files.into_iter().partition(|f| !is_over(component, f));
    let mut drop_ins = Vec::new();
    if component == "etcd" && mains.iter().any(|f| f.reading.document.is_some()) {
        // etcd with a file: its command line is laid over it, or names it and does not count beside it.
        over.extend(mains.extract_if(.., |f| f.reading.layer == Layer::Flags));
    }
    drop_ins.extend(mains.extract_if(.., |f| f.drop_in));
    let both = Both { component, scope, help };
    let (main, more) = one_of(&both, mains, &over);
    findings.extend(more);
    findings.extend(of_another_node(&both, &over));
    let lines: Vec<&Given> = main.iter().filter(|f| f.reading.layer == Layer::Flags).chain(&over).collect();
    let missing = match &main {
        Some(main) if main.reading.layer == Layer::File => None,
        _ => named_file(component, lines.iter().map(|f| &f.reading)),
    };
    let absent = missing.zip(lines.last()).map(|(path, file)| absent(component, path, file));
    let partial = absent.is_some();
    let by = lines.last().map(|file| file.reading.path.clone());
    findings.extend(absent);
    // Beside a file, etcd looks at no flag.
    if partial && is_flags(component) {
        return (None, findings);
    }
    let mut out: Option<Current> = None;
    for file in main.into_iter().chain(drop_ins).chain(over) {
        match &mut out {
            Some(current) => current.lay(file.reading, file.drop_in),
            None => out = Some(Current::new(file.reading)),
        }
    }
    if let Some(current) = &mut out {
        current.partial = partial;
        findings.extend(current.open.iter().map(|name| unknown(name, by.as_deref().unwrap_or_default())));
    }
    (out, findings)
}

/// A flag whose text has a variable. `line`: where the command line begins.
fn unknown(name: &str, line: &str) -> Finding {
    let message = format!("`{name}` is not compared: its text has a variable, and no file here says its value");
    let finding = Finding::advice("current-not-compared", message).at(&Place::new(&Arc::from(line), 0..0), "");
    finding.help("give the file that sets the variable as well")
}

/// Whether a reading is laid over a configuration file: the command line of what has one.
fn is_over(component: &str, file: &Given) -> bool {
    file.reading.layer == Layer::Flags && !is_flags(component)
}

/// Whether a reading is a command line, or a file with all flags of a component.
fn is_line(component: &str, file: &Given) -> bool {
    !file.reading.told && (file.reading.layer == Layer::Flags || is_flags(component))
}

/// What kubeadm was told counts where nothing says what was made of it.
fn without_told(component: &str, files: Vec<Given>) -> (Vec<Given>, Vec<Finding>) {
    let Some(line) = files.iter().find(|f| is_line(component, f)).map(|f| f.reading.path.clone()) else {
        return (files, Vec::new());
    };
    let (told, rest): (Vec<Given>, Vec<Given>) = files.into_iter().partition(|f| f.reading.told);
    let why = format!("`{line}` has the command line that kubeadm made of it");
    (rest, told.iter().map(|file| not_compared(component, file, &why)).collect())
}

/// What is said of two files that are for one thing.
struct Both<'a> {
    component: &'a str,
    scope: &'a str,
    help: &'a str,
}

impl Both<'_> {
    fn twice(&self, file: &Given, first: &str) -> Finding {
        let Self { component, scope, help } = self;
        let message = format!("`{}` and `{first}` are both {component} files for {scope}", file.reading.path);
        about(Finding::error("current-twice", message), file).help(*help)
    }
}

/// Command lines of further nodes, which are no part of the first one's.
fn of_another_node(both: &Both<'_>, over: &[Given]) -> Vec<Finding> {
    let Some(first) = over.first() else { return Vec::new() };
    let others = over.iter().filter(|f| f.node != first.node && !f.reading.told);
    others.map(|f| both.twice(f, &first.reading.path)).collect()
}

/// The main file of several: the one that the command line names, else of the kubelet the only one that is a file and no
/// object that carries one.
fn one_of(both: &Both<'_>, mut mains: Vec<Given>, over: &[Given]) -> (Option<Given>, Vec<Finding>) {
    if mains.len() < 2 {
        return (mains.pop(), Vec::new());
    }
    let component = both.component;
    let readings: Vec<(bool, &Reading)> = mains.iter().chain(over).map(|f| (f.drop_in, &f.reading)).collect();
    let at = main_file(component, &readings).filter(|at| *at < mains.len()).unwrap_or_default();
    let only = |is: &dyn Fn(&Reading) -> bool| mains.iter().filter(|f| is(&f.reading)).count() == 1;
    let named = named_file(component, readings.iter().map(|(_, reading)| *reading));
    let by_name = named.filter(|path| only(&|r| is_at(r, path)));
    let why = match by_name {
        Some(path) => Some(format!("the command line of {component} names `{path}`")),
        None if component == "kubelet" && only(&|r| r.verbatim) => {
            Some(format!("`{}` is the file that a kubelet reads", mains[at].reading.path))
        }
        None => None,
    };
    let main = mains.remove(at);
    let first = main.reading.path.as_str();
    let of = |file: &Given| match &why {
        Some(why) => not_compared(component, file, why),
        None => both.twice(file, first),
    };
    let findings = mains.iter().map(of).collect();
    (Some(main), findings)
}

fn not_compared(component: &str, file: &Given, why: &str) -> Finding {
    let message = format!("what `{}` says of {component} is not compared: {why}", file.reading.path);
    about(Finding::advice("current-not-compared", message), file)
}

fn absent(component: &str, path: &str, line: &Given) -> Finding {
    let what = if is_flags(component) {
        format!("{component} is not compared")
    } else {
        format!("of {component} only flags are compared")
    };
    let message = format!("{what}: its command line names `{path}`, which is not among the files");
    about(Finding::warning("current-config-absent", message), line).help("give that file as well")
}
