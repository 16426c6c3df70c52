//! Why a tree cannot be written or compared, each case with the path it is about.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a tree was not written or not compared.
#[derive(Debug)]
pub enum TreeError {
    /// The cluster's name cannot be the name of a directory.
    BadCluster {
        /// The name.
        name: String,
        /// What is wrong with it, as a sentence without a subject.
        fault: &'static str,
    },
    /// A file to be written has a path that could leave the tree, or that two files claim.
    BadPath {
        /// The path.
        path: String,
        /// What is wrong with it, as a sentence without a subject.
        fault: &'static str,
    },
    /// Another run is at work on the same tree.
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// Files of ours no longer hold the bytes that their manifest lines name; `force` overwrites them.
    EditedByHand {
        /// Paths inside the tree.
        files: Vec<String>,
    },
    /// Foreign files stand where ours must go; `force` replaces files, never a directory that holds foreign files.
    InTheWay {
        /// Paths inside the tree.
        files: Vec<String>,
    },
    /// A symbolic link stands where the tree or a path of ours must go. `force` does not help: it is never followed.
    Symlink {
        /// The link.
        path: PathBuf,
    },
    /// A thing that is neither file, directory nor link, and so cannot be carried over.
    Special {
        /// The thing.
        path: PathBuf,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// A file stands where the tree must go.
    NotADirectory {
        /// The file.
        path: PathBuf,
    },
    /// The manifest of the tree cannot be read as one, so ours and foreign cannot be told apart.
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong with it, as a sentence without a subject.
        fault: String,
    },
    /// A run was killed between its two renames, and something else has taken the tree's name since.
    Unclear {
        /// What stands under the tree's name.
        tree: PathBuf,
        /// The tree that stood there before the killed run.
        old: PathBuf,
    },
    /// The operating system refused a step.
    Io {
        /// The step, as a verb: "read", "rename".
        doing: &'static str,
        /// What the step was about.
        path: PathBuf,
        /// The system's answer.
        error: io::Error,
    },
}

impl TreeError {
    /// For `map_err`: the step and the path around the system's answer.
    pub(super) fn io<E: Into<io::Error>>(doing: &'static str, path: &Path) -> impl FnOnce(E) -> Self {
        move |error| Self::Io { doing, path: path.to_owned(), error: error.into() }
    }
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadCluster { name, fault } => {
                write!(f, "cluster name `{}` {fault}", name.escape_debug())
            }
            Self::BadPath { path, fault } => write!(f, "output path `{}` {fault}", path.escape_debug()),
            Self::Locked { path } => write!(f, "another run holds the lock `{}`", path.display()),
            Self::EditedByHand { files } => write!(f, "{} edited by hand since the last run", were(files)),
            Self::InTheWay { files } => {
                write!(f, "{} not written by plimsoll and in the way of a file that is", were(files))
            }
            Self::Symlink { path } => {
                write!(f, "`{}` is a symbolic link, and nothing is written through one", path.display())
            }
            Self::Special { path, kind } => {
                write!(f, "`{}` is {kind}, which cannot be carried over into a new tree", path.display())
            }
            Self::NotADirectory { path } => write!(f, "`{}` is not a directory", path.display()),
            Self::Manifest { path, fault } => write!(f, "manifest `{}` {fault}", path.display()),
            Self::Unclear { tree, old } => write!(
                f,
                "`{}` was made after a run had been killed and left the tree as `{}`: keep one of the two",
                tree.display(),
                old.display()
            ),
            Self::Io { doing, path, error } => write!(f, "cannot {doing} `{}`: {error}", path.display()),
        }
    }
}

impl std::error::Error for TreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// "`a` was" or "`a`, `b` were", for the sentence to go on.
fn were(files: &[String]) -> String {
    let names: Vec<String> = files.iter().map(|name| format!("`{}`", name.escape_debug())).collect();
    let verb = if names.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", names.join(", "))
}
