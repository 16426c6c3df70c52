//! `plimsoll render` killed two hundred times leaves, every time, the old tree or the new one, whole.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

const KILLS: usize = 200;

/// Path inside the tree, mode and bytes.
type Tree = BTreeMap<PathBuf, (u32, Vec<u8>)>;

#[test]
fn a_killed_render_leaves_the_old_or_the_new_tree() {
    let work = tempfile::tempdir().unwrap();
    let specs = specs(work.path());
    let expected: Vec<Tree> = specs.iter().map(|spec| clean(work.path(), spec)).collect();
    let different = expected[0].iter().filter(|(path, file)| expected[1].get(*path) != Some(*file)).count();
    assert!(different >= 2, "the variants must differ in more than one file, or a mixture could not be seen");

    let out = work.path().join("out");
    run(&specs[1], &out);
    let cluster = cluster(&out);
    let tree = out.join(&cluster);
    fs::write(tree.join("note.txt"), FOREIGN).unwrap();
    let started = Instant::now();
    run(&specs[0], &out);
    let whole = started.elapsed();
    assert_eq!(read(&tree), expected[0]);

    let mut tally = Tally::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut stands = 0;
    for at in 0..KILLS {
        let next = 1 - stands;
        let before = inode(&tree);
        let mut child = start(&specs[next], &out);
        let wait = match at % 4 {
            // While the new tree is built, which is a small part of the run.
            1 => until(&mut child, || out.join(format!(".{cluster}.plimsoll-new")).exists()).map(|()| whole / 10),
            // Right after the switch, while the old tree is removed.
            3 => until(&mut child, || inode(&tree) != before).map(|()| whole / 200),
            _ => Some(whole + whole / 10),
        };
        if let Some(limit) = wait {
            std::thread::sleep(random.below(limit));
        }
        // SIGKILL; an error means that the run was over, which the tally sees by its status.
        let _ = child.kill();
        let killed = child.wait().unwrap().signal() == Some(9);
        let now = read(&tree);
        verify(&now);
        let is = expected.iter().position(|tree| *tree == now).unwrap_or_else(|| panic!("kill {at} left a mixture"));
        tally.count(killed, is == next, hidden(&out));
        stands = is;
    }
    println!("{tally:?}, a whole run takes {whole:?}");
    assert!(tally.before > 0, "no kill came before the switch: {tally:?}");
    assert!(tally.after > 0, "no kill came after the switch: {tally:?}");
    assert!(tally.leavings > 0, "no kill left anything to put in order: {tally:?}");

    for (spec, expected) in [(&specs[1 - stands], &expected[1 - stands]), (&specs[stands], &expected[stands])] {
        run(spec, &out);
        assert_eq!(read(&tree), *expected);
        assert_eq!(hidden(&out), 0, "a full run leaves nothing but its lock file");
    }
}

const FOREIGN: &str = "a foreign file, kept through it all\n";

/// What the kills hit.
#[derive(Debug, Default)]
struct Tally {
    before: usize,
    after: usize,
    too_late: usize,
    leavings: usize,
}

impl Tally {
    fn count(&mut self, killed: bool, switched: bool, hidden: usize) {
        match (killed, switched) {
            (true, false) => self.before += 1,
            (true, true) => self.after += 1,
            (false, true) => self.too_late += 1,
            (false, false) => panic!("a run ended by itself without writing its tree"),
        }
        self.leavings += usize::from(hidden > 0);
    }
}

/// xorshift64: the same delays in each run of the test, as far as the machine's clock has a say.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let nanos = u64::try_from(limit.as_nanos()).unwrap();
        Duration::from_nanos(self.0 % nanos.max(1))
    }
}

/// Two copies of `examples/`, since a spec may name files beside it; in the second every class has one node more.
fn specs(work: &Path) -> [PathBuf; 2] {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    ["a", "b"].map(|variant| {
        let dir = work.join(variant);
        copy(&examples, &dir);
        let spec = dir.join("fleet.toml");
        if variant == "b" {
            let text = fs::read_to_string(&spec).unwrap();
            fs::write(&spec, one_node_more(&text)).unwrap();
        }
        spec
    })
}

/// Adds one to `count` in tables such as `[node-class.web]`; the counts of workloads are left, for they are per node.
/// Control planes are left as well: their number must stay odd.
fn one_node_more(spec: &str) -> String {
    let sections = spec.split("\n[").map(|section| {
        let header = section.lines().next().unwrap_or_default();
        let class = header.strip_prefix("node-class.").and_then(|rest| rest.split_once(']')).map(|(name, _)| name);
        let worker = class.is_some_and(|name| !name.contains('.')) && !section.contains("\nrole");
        let lines = section.lines().map(|line| if worker { count_more(line) } else { line.to_owned() });
        lines.collect::<Vec<_>>().join("\n")
    });
    let changed = sections.collect::<Vec<_>>().join("\n[") + "\n";
    assert_ne!(changed.trim_end(), spec.trim_end(), "no worker class of the example has a `count`");
    changed
}

fn count_more(line: &str) -> String {
    let Some((key, rest)) = line.split_once('=').filter(|(key, _)| key.trim() == "count") else {
        return line.to_owned();
    };
    let digits = rest.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>();
    format!("{key}= {}{}", digits.parse::<u64>().unwrap() + 1, &rest.trim_start()[digits.len()..])
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn start(spec: &Path, out: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("render").arg(spec).arg("--out").arg(out);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn run(spec: &Path, out: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    let output = command.arg("render").arg(spec).arg("--out").arg(out).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Waits for a sign of the child, without sleeping: what follows it may last less than a millisecond.
fn until(child: &mut Child, sign: impl Fn() -> bool) -> Option<()> {
    loop {
        if sign() {
            return Some(());
        }
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        std::thread::yield_now();
    }
}

/// The tree of an undisturbed run into an empty directory, with the foreign file of this test.
fn clean(work: &Path, spec: &Path) -> Tree {
    let out = tempfile::tempdir_in(work).unwrap();
    run(spec, out.path());
    let tree = out.path().join(cluster(out.path()));
    fs::write(tree.join("note.txt"), FOREIGN).unwrap();
    read(&tree)
}

fn cluster(out: &Path) -> String {
    let names = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.into_iter().find(|name| !name.starts_with('.')).unwrap()
}

fn inode(tree: &Path) -> u64 {
    fs::symlink_metadata(tree).map_or(0, |meta| meta.ino())
}

/// Hidden names other than the lock.
fn hidden(out: &Path) -> usize {
    let names = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.') && !name.ends_with("-lock")).count()
}

fn read(tree: &Path) -> Tree {
    let mut files = Tree::new();
    let mut open = vec![tree.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
            let meta = entry.metadata().unwrap();
            let bytes = if meta.is_dir() { Vec::new() } else { fs::read(entry.path()).unwrap() };
            if meta.is_dir() {
                open.push(entry.path());
            }
            files.insert(entry.path().strip_prefix(tree).unwrap().to_owned(), (meta.mode(), bytes));
        }
    }
    files
}

/// The manifest lists every file but itself and the foreign one, with the right sums.
fn verify(tree: &Tree) {
    let manifest = String::from_utf8(tree[Path::new("SHA256SUMS")].1.clone()).unwrap();
    let listed: Vec<(PathBuf, String)> = manifest
        .lines()
        .map(|line| line.split_once("  ").unwrap())
        .map(|(sum, path)| (path.into(), sum.into()))
        .collect();
    for (path, sum) in &listed {
        let is: String = Sha256::digest(&tree[path].1).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(is, *sum, "{}", path.display());
    }
    let files = tree.values().filter(|(mode, _)| mode & 0o170_000 == 0o100_000).count();
    assert_eq!(listed.len() + 2, files);
}
