//! Reading is safe: mutated examples make no reader panic, and hostile files end in an error within bounded memory and time.

#[path = "../../fuzz/entries.rs"]
mod entries;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mutants of each seed; `FUZZ_ROUNDS` asks for more.
const ROUNDS: u64 = 20;

/// A generator that gives the same numbers each time.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (below.max(1) as u64)).unwrap()
    }
}

/// What parsers trip over.
const WORDS: [&[u8]; 30] = [
    b"\n",
    b"\t",
    b" ",
    b":",
    b"- ",
    b"? ",
    b"&a",
    b"*a",
    b"<<: ",
    b"!!",
    b"|",
    b">",
    b"\"",
    b"'",
    b"[",
    b"]",
    b"{",
    b"}",
    b"#",
    b"\\",
    b"=",
    b"--",
    b"${X}",
    b"$X",
    b"\xc3\xa9",
    b"\xf0\x9f\x98\x80",
    b"\xef\xbb\xbf",
    b"99999999999999999999",
    b"-1",
    b"\r\n",
];

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.next(4) {
        let at = random.next(bytes.len() + 1);
        let to = (at + random.next(40)).min(bytes.len());
        match random.next(6) {
            0 => drop(bytes.drain(at..to)),
            1 => drop(bytes.splice(at..at, WORDS[random.next(WORDS.len())].iter().copied())),
            2 => {
                let part = bytes[at..to].to_vec();
                let there = random.next(bytes.len() + 1);
                bytes.splice(there..there, part);
            }
            3 => bytes.truncate(at),
            4 => drop(bytes.splice(at..to, WORDS[random.next(WORDS.len())].iter().copied())),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(random.next(128)).unwrap();
                }
            }
        }
    }
}

/// The seeds of a reader, and what fuzzing has found in it.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Texts whose reading is compared with upstream's: each reader of YAML gets them too.
fn texts() -> Vec<Vec<u8>> {
    let texts: Vec<String> = serde_json::from_str(include_str!("yaml/corpus.json")).unwrap();
    texts.into_iter().map(String::into_bytes).collect()
}

#[test]
fn mutated_files_make_no_reader_panic() {
    let rounds: u64 = std::env::var("FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(ROUNDS);
    let mut random = Random(0x5eed_1234_5678_9abc);
    for (name, _) in entries::READERS {
        let mut corpus = seeds(name);
        assert!(!corpus.is_empty(), "{name} has no seed");
        if matches!(name, "kubelet" | "yaml") {
            corpus.extend(texts());
        }
        for seed in corpus {
            entries::run(name, &seed);
            for _ in 0..rounds {
                let mut bytes = seed.clone();
                mutate(&mut bytes, &mut random);
                entries::run(name, &bytes);
            }
        }
    }
}

/// A folder of seeds is how `fuzz/run` knows of a reader.
#[test]
fn every_reader_has_seeds() {
    let folders = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds")).unwrap();
    let mut folders: Vec<String> = folders.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    folders.sort();
    assert_eq!(folders, entries::READERS.map(|(name, _)| name));
}

/// The fuzzer has a lock file of its own, and reads with what the product reads with.
#[test]
fn the_fuzzer_has_the_products_libraries() {
    let packages = |text: &str| -> BTreeSet<String> {
        text.split("[[package]]").map(|p| p.lines().skip(1).take(2).collect::<Vec<_>>().join(" ")).collect()
    };
    let ours = packages(include_str!("../../Cargo.lock"));
    let names: BTreeSet<&str> = ours.iter().filter_map(|p| p.split('"').nth(1)).collect();
    let theirs = packages(include_str!("../../fuzz/Cargo.lock"));
    let others: Vec<&String> =
        theirs.difference(&ours).filter(|p| p.split('"').nth(1).is_some_and(|name| names.contains(name))).collect();
    assert!(
        others.is_empty(),
        "`cp Cargo.lock fuzz/ && cargo fetch --manifest-path fuzz/Cargo.toml` brings them together: {others:?}"
    );
}

/// `check` within 512 MiB of addresses and 10 seconds of processor time, which end it: status and talk. Measured in November
/// 2026, unoptimised, the worst of these texts takes 198 MiB and the slowest 3.1 seconds (docs/performance.md).
fn check(path: &Path) -> (Option<i32>, String) {
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -v 524288; ulimit -t 10; exec \"$0\" check \"$1\""])
        .arg(env!("CARGO_BIN_EXE_plimsoll"))
        .arg(path);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn refused(path: &Path, why: &str) {
    let (status, talk) = check(path);
    assert!(status == Some(2) && talk.contains(why), "{}: {status:?} {talk:.600}", path.display());
}

const HEAD: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

#[test]
fn hostile_texts_end_in_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let mut bomb = format!("{HEAD}a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..40 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb += &format!("a{level}: &a{level} [{before}]\n");
    }
    refused(&write("bomb.yaml", bomb.as_bytes()), "aliases expanded");
    let deep = |open: &str, close: &str| format!("{HEAD}a: {}1{}\n", open.repeat(100_000), close.repeat(100_000));
    refused(&write("deep-list.yaml", deep("[", "]").as_bytes()), "not valid YAML");
    refused(&write("deep-map.yaml", deep("{a: ", "}").as_bytes()), "not valid YAML");
    let indented: String = (0..1500).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    refused(&write("deep-block.yaml", format!("{HEAD}{indented}").as_bytes()), "not valid YAML");
    refused(
        &write("deep.toml", format!("version = 3\na = {}1{}\n", "[".repeat(100_000), "]".repeat(100_000)).as_bytes()),
        "not valid TOML",
    );
    let wide: String = (0..150_000).map(|n| format!("k{n}: 1\n")).collect();
    refused(&write("wide.yaml", format!("{HEAD}{wide}").as_bytes()), "more than 5000 settings");
    let wide: String = (0..200_000).map(|n| format!("vm.k{n}=1\n")).collect();
    refused(&write("wide.conf", wide.as_bytes()), "more than 5000 settings");
    refused(&write("latin.yaml", b"kind: KubeletConfiguration\na: \xff\n"), "not UTF-8 from byte 30");
    refused(&write("nul.yaml", format!("{HEAD}a: \0\n").as_bytes()), "not valid YAML");
    refused(&write("large.yaml", &vec![b'#'; (4 << 20) + 1]), "more than 4 MiB");
}

#[test]
fn long_names_and_values_end_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let long = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let (status, talk) = check(&path);
        assert!(matches!(status, Some(0..=2)), "{name}: {status:?} {talk:.300}");
        path
    };
    long("dots.yaml", format!("{HEAD}? {}\n: 1\n", "a.".repeat(1_500_000)));
    // Equal keys are told of a hundred times at most.
    long("same.yaml", format!("{HEAD}{}", "maxPods: 1\n".repeat(300_000)));
    // Each misspelt name has a change that could be tried on the whole file.
    let names = ["registryPullQPS", "containerLogMaxSize", "eventRecordQPS", "fileCheckFrequency"];
    let misspelt = names.iter().flat_map(|name| {
        (0..name.len()).flat_map(move |at| ('a'..='z').map(move |c| format!("{}{c}{}: 1\n", &name[..at], &name[at..])))
    });
    long("misspelt.yaml", format!("{HEAD}{}", misspelt.collect::<String>()));
    long("list.yaml", format!("{HEAD}clusterDNS: [{}]\n", "a,".repeat(390_000)));
    // What variables make of a command line is longer than any file.
    let multiplied = |word: &str| {
        let value = "--v=1 ".repeat(10_000);
        format!("[Service]\nEnvironment=\"A={value}\"\nExecStart=/usr/bin/kubelet {}\n", word.repeat(10_000))
    };
    refused(&long("kubelet.service", multiplied("$A ")), "words");
    refused(&long("kubelet.service", multiplied("${A}")), "words");
    let objects = (0..3000).map(|n| {
        format!("kind: PriorityLevelConfiguration\nmetadata: {{name: p{n}}}\nspec: {{limited: {{nominalConcurrencyShares: 1}}}}\n---\n")
    });
    long("flow.yaml", objects.collect());
    long("quotes.conf", format!("[Service]\nExecStart=/usr/bin/kubelet {}\n", "\"--a=b\" ".repeat(400_000)));
    long(
        "continued.conf",
        format!("[Service]\nExecStart=/usr/bin/kubelet \\\n{}", "--max-pods=1 \\\n".repeat(200_000)),
    );
    long("flags.flags", format!("--feature-gates={}\n", "A=true,".repeat(500_000)));
    long(
        "map.json",
        format!(
            "{{\"kind\":\"ConfigMap\",\"data\":{{\"kubelet\":\"kind: KubeletConfiguration\\n{}\"}}}}",
            "a: \\u00e9\\n".repeat(250_000)
        ),
    );
}

#[test]
fn links_pipes_and_deep_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    fs::create_dir_all(inside.join("etc")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("kubelet.yaml"), HEAD).unwrap();
    symlink(outside.join("kubelet.yaml"), inside.join("kubelet.yaml")).unwrap();
    refused(&inside, "a symbolic link out of the folder");
    fs::remove_file(inside.join("kubelet.yaml")).unwrap();
    symlink(&outside, inside.join("etc/kubernetes")).unwrap();
    refused(&inside, "a symbolic link to a folder outside");
    fs::remove_file(inside.join("etc/kubernetes")).unwrap();
    // A link to the folder above it is no endless one.
    symlink(&inside, inside.join("etc/again")).unwrap();
    fs::write(inside.join("kubelet.yaml"), HEAD).unwrap();
    assert_eq!(check(&inside).0, Some(0));
    assert!(Command::new("mkfifo").arg(inside.join("pipe.conf")).status().unwrap().success());
    refused(&inside, "it is a FIFO");
    fs::remove_file(inside.join("pipe.conf")).unwrap();
    fs::create_dir_all(inside.join("1/2/3/4/5/6/7/8/9/10/11/12/13")).unwrap();
    refused(&inside, "more than 12 folders deep");
    refused(&folder.path().join("missing"), "No such file");
}
