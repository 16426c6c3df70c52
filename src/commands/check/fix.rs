//! `plimsoll check --fix`: the changes after which every component does the same as before, made to the very files that were
//! read.

use super::super::{Exit, cli, input as named, output};
use super::{Input, Ready};
use crate::check;
use crate::diag::{Finding, Fix, plain};
use crate::view;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// What is said instead of changing a file for a version that nobody named.
const GUESSED: &str = "nothing is changed: no file says for certain which Kubernetes reads it, and what is without effect in one \
                       minor may not be in another; say it with `--kubernetes`, several times for several\n";

/// Makes the changes, or with `--dry-run` prints them, and reports what is left.
pub(super) fn run(args: &cli::Check, input: Input, ready: &Ready) -> Exit {
    let safe = safe(&ready.allowed.found);
    if ready.guessed && !safe.is_empty() {
        output::talk(GUESSED);
        return super::report(args, &input.sources, ready);
    }
    let (mut text, mut talk, mut failed) = (String::new(), String::new(), false);
    let mut mended: Vec<(String, String)> = Vec::new();
    for (path, fixes) in safe {
        let before = input.sources.text(path);
        let (after, count) = check::applied(before, &fixes);
        if !is_there(path) && !args.dry_run {
            let no_file = format!(
                "{path}: nothing is changed: it is no file here; give the file, or make the changes that --dry-run prints\n"
            );
            talk.push_str(&no_file);
            continue;
        }
        if args.dry_run {
            text.push_str(view::unified((path, before), (path, &after), false).trim_start());
            continue;
        }
        match write(Path::new(path), before, &after) {
            Ok(()) => {
                let titles: Vec<&str> = fixes.iter().map(|f| f.title.as_str()).collect();
                talk.push_str(&format!("{path}: {count} {}: {}\n", plural(count), titles.join(", ")));
                mended.push((path.to_string(), after));
            }
            Err(what) => {
                failed = true;
                talk.push_str(&format!("error[fix-refused]: `{path}` is left as it is: {what}\n"));
            }
        }
    }
    // A patch is exact for whoever applies it, and harmless for who looks at it.
    output::data(&if io::stdout().is_terminal() { plain(&text) } else { text.as_str().into() });
    output::talk(&plain(&talk));
    if failed {
        return Exit::BadInput;
    }
    // What was mended is found no more; places of the rest are those of the new texts.
    if mended.is_empty() { super::report(args, &input.sources, ready) } else { again(args, input, mended) }
}

/// Whether what was read is a file: neither standard input nor what a cluster answered.
fn is_there(path: &str) -> bool {
    path != named::name(Path::new("-")) && fs::symlink_metadata(path).is_ok()
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "change" } else { "changes" }
}

/// Checks once more. The versions are the same, and were told.
fn again(args: &cli::Check, mut input: Input, mended: Vec<(String, String)>) -> Exit {
    for (path, text) in mended {
        input.files.files.iter_mut().filter(|f| f.name == path).for_each(|f| f.text.clone_from(&text));
        input.sources.add(path, text);
    }
    match super::prepare(args, &input) {
        Ok(left) => super::report(args, &input.sources, &left),
        Err(exit) => exit,
    }
}

/// The first safe change of each finding, by file.
fn safe(found: &[Finding]) -> BTreeMap<&str, Vec<&Fix>> {
    let mut out: BTreeMap<&str, Vec<&Fix>> = BTreeMap::new();
    for fix in found.iter().flat_map(|f| f.fixes.iter().filter(|fix| fix.safe && fix.verified)) {
        let list = out.entry(fix.path.as_str()).or_default();
        if !list.contains(&fix) {
            list.push(fix);
        }
    }
    out
}

/// Replaces a file's text: a new file beside it with its mode and owner, which then takes its name.
fn write(path: &Path, before: &str, after: &str) -> Result<(), String> {
    let meta = fs::symlink_metadata(path).map_err(|e| e.to_string())?;
    if meta.is_symlink() {
        return Err("it is a symbolic link; give the file itself".into());
    }
    if !meta.is_file() || meta.nlink() > 1 {
        return Err("it is no regular file, or has several names".into());
    }
    if fs::read(path).map_err(|e| e.to_string())? != before.as_bytes() {
        return Err("it changed while it was read".into());
    }
    let (file, beside) = beside(path).map_err(|e| e.to_string())?;
    replace(file, &beside, path, &meta, after).map_err(|error| {
        // Nothing of ours stays behind; what could not be removed either is told with the first fault.
        let left =
            fs::remove_file(&beside).err().map_or(String::new(), |_| format!("; `{}` is left", beside.display()));
        format!("{error}{left}")
    })
}

fn replace(mut file: File, beside: &Path, path: &Path, meta: &fs::Metadata, after: &str) -> io::Result<()> {
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (meta.uid(), meta.gid()) {
        fchown(&file, Some(meta.uid()), Some(meta.gid()))?;
    }
    // After the owner, since a change of owner clears some of the mode.
    file.set_permissions(fs::Permissions::from_mode(meta.permissions().mode() & 0o7777))?;
    file.write_all(after.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// A new file in the same folder, which nobody else has.
fn beside(path: &Path) -> io::Result<(File, PathBuf)> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut at = 0;
    loop {
        let beside = folder.join(format!(".{name}.plimsoll-{}-{at}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside) {
            Ok(file) => return Ok((file, beside)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && at < 16 => at += 1,
            Err(error) => return Err(error),
        }
    }
}
