//! Runs the user's own kubectl, only to read, and never for long.

use super::super::cli;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A question that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// kubectl gives up before that, and says why.
const TIMEOUT: &str = "--request-timeout=20s";
/// Longer answers are cut off: the nodes of a cluster of thousands fit.
const LARGEST: u64 = 256 << 20;

/// How kubectl is called.
pub(super) struct Kubectl<'a> {
    program: &'a str,
    context: Option<&'a str>,
}

impl<'a> Kubectl<'a> {
    /// As the command line says.
    pub(super) fn new(options: &'a cli::FromCluster) -> Self {
        Self { program: &options.kubectl, context: options.context.as_deref() }
    }

    /// What kubectl prints, or why it does not.
    pub(super) fn run(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.program);
        command.args(self.context.map(|c| format!("--context={c}"))).arg(TIMEOUT).args(words);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", self.program))?;
        let (out, err) = (child.stdout.take(), child.stderr.take());
        std::thread::scope(|scope| {
            let out = scope.spawn(|| bytes(out, LARGEST));
            let err = scope.spawn(|| bytes(err, 1 << 16));
            let ended = wait(&mut child);
            let text =
                |bytes: std::thread::Result<Vec<u8>>| String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
            let (out, err) = (text(out.join()), text(err.join()));
            match ended {
                None => Err(format!("no answer within {} s", PATIENCE.as_secs())),
                Some(false) => Err(err
                    .lines()
                    .map(str::trim)
                    .find(|l| !l.is_empty())
                    .unwrap_or("it failed without a word")
                    .to_string()),
                Some(true) if out.len() as u64 >= LARGEST => {
                    Err(format!("the answer is longer than {} MiB", LARGEST >> 20))
                }
                Some(true) => Ok(out),
            }
        })
    }
}

fn bytes(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(mut pipe) = pipe {
        // What was read before an error is what there is.
        let _ = pipe.by_ref().take(most).read_to_end(&mut out);
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    out
}

/// Whether it ended well; nothing when it had to be stopped.
fn wait(child: &mut Child) -> Option<bool> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if begun.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(20)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}
