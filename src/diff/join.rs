//! What the files of one component in one scope come to: its main file, drop-ins over it, its command line over those.

use super::Given;
use super::assign::about;
use crate::current::{Current, Layer, Reading, is_at, is_flags, main_file, named_file};
use crate::diag::Finding;

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
    let (main, more) = one_of(component, scope, mains, &over, help);
    findings.extend(more);
    let lines: Vec<&Given> = main.iter().filter(|f| f.reading.layer == Layer::Flags).chain(&over).collect();
    let missing = match &main {
        Some(main) if main.reading.layer == Layer::File => None,
        _ => named_file(component, lines.iter().map(|f| &f.reading)),
    };
    let absent = missing.zip(lines.last()).map(|(path, file)| absent(component, path, file));
    let partial = absent.is_some();
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
    }
    (out, findings)
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

/// The main file of several: the one that the command line names, else of the kubelet the only one that is a file and no
/// object that carries one.
fn one_of(
    component: &str,
    scope: &str,
    mut mains: Vec<Given>,
    over: &[Given],
    help: &str,
) -> (Option<Given>, Vec<Finding>) {
    if mains.len() < 2 {
        return (mains.pop(), Vec::new());
    }
    let readings: Vec<(bool, &Reading)> = mains.iter().chain(over).map(|f| (f.drop_in, &f.reading)).collect();
    let at = main_file(component, &readings).filter(|at| *at < mains.len()).unwrap_or_default();
    let named = named_file(component, readings.iter().map(|(_, reading)| *reading));
    let by_name = named.filter(|path| is_at(&mains[at].reading, path));
    let alone = component == "kubelet" && mains.iter().filter(|f| f.reading.verbatim).count() == 1;
    let why = match by_name {
        Some(path) => Some(format!("the command line of {component} names `{path}`")),
        None if alone => Some(format!("`{}` is the file that a kubelet reads", mains[at].reading.path)),
        None => None,
    };
    let main = mains.remove(at);
    let first = main.reading.path.clone();
    let twice = |file: &Given| {
        let message = format!("`{}` and `{first}` are both {component} files for {scope}", file.reading.path);
        about(Finding::error("current-twice", message), file).help(help)
    };
    let of = |file: &Given| why.as_ref().map_or_else(|| twice(file), |why| not_compared(component, file, why));
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
