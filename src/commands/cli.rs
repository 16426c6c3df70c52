//! The command line, as clap reads it. Help, man page and completions are derived from here.

use crate::quantity::{Minor, Version};
use crate::spec::Set;
use clap::builder::TypedValueParser as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Plans Kubernetes tuning from a TOML description of hardware and workload goals, writes coherent configuration, and
/// explains every value.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, max_term_width = 100, after_help = EXITS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXITS: &str = "Exit status: 0 done; 1 something differs, or there are findings; 2 the input cannot be used; 3 no plan fits; \
70 a bug of ours.";

/// One command each.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a commented spec to start from.
    Init(Init),
    /// Print the hardware of this machine, or of dumps of one, as a node class for a spec.
    Discover(Discover),
    /// Solve a spec and show capacity, reservations, allocatable and what departs from upstream's defaults.
    Plan(Plan),
    /// Write the files of a plan.
    Render(Render),
    /// Compare a plan with what is there: what changes, what that costs, and in which order.
    Diff(Diff),
    /// Check configuration files that are there against upstream's rules and against each other.
    Check(Check),
    /// Say why a value is what it is.
    Explain(Explain),
    /// Change keys of a spec and show every value that moves, and why.
    Compare(Compare),
    /// Fit the component costs of the policy `fitted` to what the kubelets of real nodes report, and print them for a spec.
    Calibrate(Calibrate),
    /// Search the catalogue of upstream's settings and feature gates, or see what changed between minors.
    Fields(Fields),
    /// Print the JSON Schema of a spec.
    Schema,
    /// Print completions for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the man page.
    Man,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// The plan document.
    Json,
    /// Findings as SARIF 2.1.0.
    Sarif,
    /// Findings as JUnit XML.
    Junit,
    /// Findings as GitHub workflow commands.
    Github,
    /// A summary for pull requests.
    Markdown,
    /// A graph for Graphviz; of `explain` alone.
    #[value(skip)]
    Dot,
    /// A flowchart for Mermaid; of `explain` alone.
    #[value(skip)]
    Mermaid,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// An AWS instance type to describe the machine with.
    #[arg(long, value_name = "T")]
    pub instance_type: Option<String>,
    /// What the nodes are for: density, balanced or latency.
    #[arg(long, value_name = "G", default_value = "balanced")]
    pub goal: String,
}

/// Arguments of `discover`.
#[derive(Debug, Args)]
pub struct Discover {
    /// Instead of this machine: `lscpu --json`, `lscpu --json --extended`, `kubectl get node -o json`, a kubelet's
    /// `/stats/summary`, a folder with copies of /sys and /proc, or a recording; `-` reads standard input, `/` is this
    /// machine. Several are combined, the more exact wins.
    #[arg(value_name = "DUMP")]
    pub dumps: Vec<String>,
    /// What the node class is called.
    #[arg(long, value_name = "NAME", default_value = "node", value_parser = class_name)]
    pub class: String,
    /// Print what was read of this machine, or of a folder, in one small file instead: a dump for use elsewhere.
    #[arg(long)]
    pub record: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub struct Plan {
    /// The spec; `-` reads standard input.
    pub spec: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `render`.
#[derive(Debug, Args)]
pub struct Render {
    /// The spec; `-` reads standard input.
    pub spec: PathBuf,
    /// The folder that `<cluster>/` is written in.
    #[arg(long, value_name = "DIR", default_value = "out")]
    pub out: PathBuf,
    /// A further form to write; several allowed. The platform's own is always written.
    #[arg(long, value_name = "T", value_parser = clap::builder::PossibleValuesParser::new(crate::render::TARGETS))]
    pub target: Vec<String>,
    /// Write nothing; exit 1 when the tree is not what would be written.
    #[arg(long)]
    pub check: bool,
    /// Overwrite files of ours that were edited by hand.
    #[arg(long)]
    pub force: bool,
    /// Leave out the comments with reasons.
    #[arg(long)]
    pub no_comments: bool,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `diff`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("labelled").args(["usage", "from_cluster"]).multiple(true))]
pub struct Diff {
    /// The spec; `-` reads standard input. Without one, files are compared with files (--against), or with themselves after an
    /// upgrade (--kubernetes).
    #[arg(required_unless_present_any = ["kubernetes", "against"])]
    pub spec: Option<PathBuf>,
    /// A file or folder that is there now; several allowed. `CLASS=` says which node class it is for, `*=` that it is for
    /// each. A folder laid out like `out/<cluster>`, or with folders named as classes, maps itself.
    #[arg(long, value_name = "[CLASS=]PATH", required_unless_present = "from_cluster", num_args = 1..)]
    pub current: Vec<String>,
    /// What a cluster runs, and how it is asked.
    #[command(flatten)]
    pub cluster: FromCluster,
    /// Without a spec: files or folders to compare with; the current ones themselves where none are given.
    #[arg(long, value_name = "[CLASS=]PATH", num_args = 1.., conflicts_with = "spec")]
    pub against: Vec<String>,
    /// The Kubernetes minor that reads the current files; `A..B` is an upgrade, after which B reads what they are compared
    /// with. With a spec, one minor: the plan's is that of the spec.
    #[arg(long, value_name = "V[..V]", value_parser = minors)]
    pub kubernetes: Option<Minors>,
    /// The same of etcd, where flags of etcd are compared without a spec.
    #[arg(long, value_name = "V[..V]", value_parser = minors, conflicts_with = "spec")]
    pub etcd: Option<Minors>,
    /// What pods ask for: the JSON of `kubectl get pods -A` and of `kubectl get nodes`, or a map of nodes in TOML or JSON, each
    /// with `cpu`, `memory`, `ephemeral-storage`, `pods` and `class`; several allowed. Says which nodes the plan leaves too
    /// little.
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "spec")]
    pub usage: Vec<PathBuf>,
    /// The label of nodes whose value is their node class; without it, instance types that only one class has say it.
    #[arg(long, value_name = "KEY", requires = "labelled")]
    pub class_label: Option<String>,
    /// List what equals upstream's default and what is unchanged, too.
    #[arg(long)]
    pub all: bool,
    /// Print a unified diff of the files, too: against the ones that `render` writes, or those of --against.
    #[arg(long)]
    pub text: bool,
    /// How to print.
    #[arg(long, default_value = "human", value_parser = clap::builder::PossibleValuesParser::new(["human", "json", "markdown"]).try_map(|f| Format::from_str(&f, false)))]
    pub format: Format,
}

/// One minor, or the two ends of an upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minors {
    /// Before.
    pub from: Minor,
    /// After; the same without an upgrade.
    pub to: Minor,
}

fn minors(text: &str) -> Result<Minors, String> {
    let minor = |part: &str| Version::parse(part.trim()).map(|v| v.minor).map_err(|f| f.0);
    let (from, to) = match text.split_once("..") {
        Some((from, to)) => (minor(from)?, minor(to)?),
        None => (minor(text)?, minor(text)?),
    };
    Ok(Minors { from, to })
}

/// How a cluster is asked for what it runs.
#[derive(Debug, Args)]
pub struct FromCluster {
    /// Ask a cluster for what it runs, through kubectl: the kubelets' configuration, kubeadm's and Cilium's config maps, static
    /// pods, nodes.
    #[arg(long)]
    pub from_cluster: bool,
    /// The context of kubectl; its current one when not given.
    #[arg(long, requires = "from_cluster")]
    pub context: Option<String>,
    /// The kubectl to run.
    #[arg(long, value_name = "PATH", default_value = "kubectl", requires = "from_cluster")]
    pub kubectl: String,
    /// Nodes of each class to look at.
    #[arg(long, value_name = "N", default_value_t = 3, requires = "from_cluster")]
    pub sample: usize,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// A file or folder; several allowed. `CLASS=` says which node class it is for.
    #[arg(value_name = "[CLASS=]PATH", required_unless_present = "from_cluster")]
    pub paths: Vec<String>,
    /// What a cluster runs, and how it is asked.
    #[command(flatten)]
    pub cluster: FromCluster,
    /// A label of nodes whose value is the node class.
    #[arg(long, value_name = "KEY", requires = "from_cluster")]
    pub class_label: Option<String>,
    /// A minor of Kubernetes to check for; several allowed. Without it, the versions of the spec, else those that the files say,
    /// else the newest.
    #[arg(long, value_name = "MINOR")]
    pub kubernetes: Vec<String>,
    /// A minor of etcd to check for; without it, as for Kubernetes.
    #[arg(long, value_name = "MINOR")]
    pub etcd: Option<String>,
    /// The spec of the cluster: its node classes with their machines, and its versions where no other is asked for.
    #[arg(long, value_name = "SPEC")]
    pub spec: Option<PathBuf>,
    /// The least severity at which the exit status is 1.
    #[arg(long, value_enum, default_value_t, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// What is allowed, and why; `.plimsoll-check.toml` of the working directory when that is there.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Make the changes after which every component does the same as before.
    #[arg(long)]
    pub fix: bool,
    /// With --fix: print the changes and make none.
    #[arg(long, requires = "fix")]
    pub dry_run: bool,
    /// Show each finding with the lines that it points at.
    #[arg(long, conflicts_with = "quiet")]
    pub explain: bool,
    /// One line for each finding.
    #[arg(long)]
    pub quiet: bool,
    /// How to print.
    #[arg(long, default_value = "human", value_parser = clap::builder::PossibleValuesParser::new(["human", "json", "sarif", "junit", "github"]).try_map(|f| Format::from_str(&f, false)))]
    pub format: Format,
}

/// From which severity on findings matter to whoever runs the check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What a component refuses.
    Error,
    /// That, and what is ignored or dangerous.
    #[default]
    Warning,
    /// Everything.
    Advice,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The spec; `-` reads standard input. A tunable instead asks the catalogue alone.
    #[arg(required_unless_present = "rule")]
    pub spec: Option<PathBuf>,
    /// A node class, a tunable (it has a `/`), or both.
    #[arg(num_args = 0..=2, value_name = "CLASS or TUNABLE")]
    pub what: Vec<String>,
    /// Explain a rule instead; needs no spec.
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// Solve again with one pod, one GiB of memory and one core more on every node of the class, also where nothing is tight
    /// and where there are many classes.
    #[arg(long)]
    pub what_if: bool,
    /// Say what an upgrade of the cluster to this version changes: the spec is solved at both.
    #[arg(long, value_name = "V", conflicts_with_all = ["rule", "what_if"])]
    pub upgrade: Option<String>,
    /// How to print: `dot` and `mermaid` draw what the values rest on, and `json` has it as nodes and edges.
    #[arg(long, default_value = "human", value_parser = clap::builder::PossibleValuesParser::new(["human", "json", "dot", "mermaid", "sarif", "junit", "github", "markdown"]).try_map(|f| drawing(&f)))]
    pub format: Format,
}

fn drawing(text: &str) -> Result<Format, String> {
    match text {
        "dot" => Ok(Format::Dot),
        "mermaid" => Ok(Format::Mermaid),
        other => Format::from_str(other, false),
    }
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// The spec; `-` reads standard input.
    pub spec: PathBuf,
    /// A key of the spec with another value, such as `node-class.web.count=5000`; several allowed. The key is a path as
    /// plans print it, the value is TOML; texts need no quotes.
    #[arg(long, value_name = "KEY=VALUE", value_parser = set, required_unless_present = "sweep")]
    pub set: Vec<Set>,
    /// A key that is a whole number, from one value to another: a plan for each end and for each doubling between; with `,`
    /// instead of `..`, for each value given.
    #[arg(long, value_name = "KEY=A..B", value_parser = sweep)]
    pub sweep: Option<Sweep>,
    /// How to print.
    #[arg(long, default_value = "human", value_parser = clap::builder::PossibleValuesParser::new(["human", "json"]).try_map(|f| Format::from_str(&f, false)))]
    pub format: Format,
}

/// A key with the values that it takes one after the other.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Dotted path of the key.
    pub key: String,
    /// The values, in order.
    pub values: Vec<i64>,
}

/// Most plans of one sweep: more columns than that nobody reads.
const MOST_POINTS: usize = 16;

fn set(text: &str) -> Result<Set, String> {
    let (key, value) = text.split_once('=').ok_or("write `KEY=VALUE`")?;
    let (key, value) = (key.trim(), value.trim());
    if key.is_empty() || value.is_empty() || text.contains(['\n', '\r']) {
        return Err("write a key and a value in one line: `KEY=VALUE`".into());
    }
    Ok(Set { key: key.into(), value: value.into() })
}

fn sweep(text: &str) -> Result<Sweep, String> {
    let Set { key, value } = set(text)?;
    let number =
        |part: &str| part.trim().parse::<i64>().map_err(|_| format!("`{}` is not a whole number", part.trim()));
    let values = match value.split_once("..") {
        Some((first, last)) => doublings(number(first)?, number(last)?)?,
        None => value.split(',').map(number).collect::<Result<Vec<_>, _>>()?,
    };
    if values.len() < 2 {
        return Err("a sweep has two values at least: `KEY=A..B` or `KEY=A,B,C`".into());
    }
    if values.len() > MOST_POINTS {
        return Err(format!("{} values are more than the {MOST_POINTS} of one sweep", values.len()));
    }
    Ok(Sweep { key, values })
}

/// The two ends, and what lies between by doubling.
fn doublings(first: i64, last: i64) -> Result<Vec<i64>, String> {
    if first < 1 || last <= first {
        return Err(format!("{first}..{last} does not go up from 1 or more"));
    }
    let between = std::iter::successors(Some(first), |n| n.checked_mul(2)).take_while(|n| *n < last);
    Ok(between.chain([last]).collect())
}

/// Arguments of `fields`.
#[derive(Debug, Args)]
pub struct Fields {
    /// Part of a name, whatever the case; with `*`, the whole name (`kubelet/*Frequency`, `gate *Swap*`).
    pub pattern: Option<String>,
    /// The Kubernetes minor: its defaults, and only what it has.
    #[arg(long, value_name = "V")]
    pub kubernetes: Option<String>,
    /// The etcd minor, for etcd's flags.
    #[arg(long, value_name = "V")]
    pub etcd: Option<String>,
    /// What changed after this minor, up to --kubernetes; an etcd minor asks for etcd's flags.
    #[arg(long, value_name = "V")]
    pub changed_since: Option<String>,
    /// List structures and members of lists that are carried whole, too.
    #[arg(long)]
    pub all: bool,
    /// How to print.
    #[arg(long, default_value = "human", value_parser = clap::builder::PossibleValuesParser::new(["human", "json"]).try_map(|f| Format::from_str(&f, false)))]
    pub format: Format,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
pub struct Calibrate {
    /// Documents of the kubelet's `/stats/summary`: one a file, several one after the other, or a list. `-` reads standard
    /// input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The share of samples that the costs cover, from 0.5 to 0.9999.
    #[arg(long, value_name = "Q", default_value = "0.95", value_parser = quantile)]
    pub quantile: Quantile,
    /// The node class that the printed table is for.
    #[arg(long, value_name = "NAME", default_value = "NAME", value_parser = class_or_stand_in)]
    pub class: String,
    /// A container that lies within `misc` (its cgroup is a slice around it), whose figures are taken out of it.
    #[arg(long, value_name = "C", value_parser = clap::builder::PossibleValuesParser::new(["kubelet", "runtime"]))]
    pub misc_holds: Vec<String>,
    /// How to print.
    #[arg(long, default_value = "human", value_parser = clap::builder::PossibleValuesParser::new(["human", "json"]).try_map(|f| Format::from_str(&f, false)))]
    pub format: Format,
}

/// A quantile as typed, and in millionths.
#[derive(Clone, Debug)]
pub struct Quantile {
    /// As typed.
    pub text: String,
    /// Millionths.
    pub ppm: i64,
}

fn quantile(text: &str) -> Result<Quantile, String> {
    let ppm = crate::quantity::ppm(text).map_err(|f| f.0)?;
    if !crate::calibrate::QUANTILES.contains(&ppm) {
        return Err("a reservation covers at least half of the samples (0.5), and no sample tells of all (1)".into());
    }
    // `.95` and `0.950` become what TOML reads and what is printed everywhere.
    let digits = format!("{ppm:06}");
    Ok(Quantile { text: format!("0.{}", digits.trim_end_matches('0')), ppm })
}

fn class_or_stand_in(text: &str) -> Result<String, String> {
    // The stand-in is no name on purpose: a spec with it is refused.
    if text != "NAME" {
        crate::spec::name(text).map_err(|f| f.0)?;
    }
    Ok(text.to_string())
}

fn class_name(text: &str) -> Result<String, String> {
    crate::spec::name(text).map(|()| text.to_string()).map_err(|fault| fault.0)
}
