//! The AWS instance catalogue.

use std::sync::OnceLock;

const TABLE: &str = include_str!("../../catalog/aws/instances.tsv");

/// What the catalogue says of one type. What the source does not state is `None`, never zero.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Name, such as `m6i.4xlarge`.
    pub name: &'static str,
    /// Logical CPUs.
    pub vcpus: i64,
    /// Nominal memory in MiB.
    pub memory_mib: i64,
    /// amd64 or arm64.
    pub arch: &'static str,
    /// nitro, xen or nothing.
    pub hypervisor: Option<&'static str>,
    /// Interfaces of the default network card.
    pub enis: Option<i64>,
    /// IPv4 addresses per interface.
    pub ipv4_per_eni: Option<i64>,
    /// EBS volumes that can be attached, the root's among them, while one interface is; and whether each further interface
    /// takes one of them.
    pub ebs: Option<(i64, bool)>,
    /// Local NVMe storage in GB.
    pub local_nvme_gb: Option<i64>,
}

fn columns() -> &'static Vec<&'static str> {
    static ONCE: OnceLock<Vec<&'static str>> = OnceLock::new();
    ONCE.get_or_init(|| rows().next().map(|l| l.split('\t').collect()).unwrap_or_default())
}

/// When the interfaces of all types were read, and when everything else, as the comment above the table says.
#[must_use]
pub fn instance_dates() -> (&'static str, &'static str) {
    let line = TABLE.lines().find_map(|l| l.strip_prefix("# date: ")).and_then(|l| l.split_once(" (interfaces), "));
    let dates = line.map(|(interfaces, rest)| (interfaces, rest.split(' ').next().unwrap_or(rest)));
    super::embedded("instances.tsv", dates.ok_or("it does not say when it was read"))
}

/// Lines of the table, its head first.
fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|l| !l.starts_with('#') && !l.is_empty())
}

/// Names of all types.
pub fn instance_names() -> impl Iterator<Item = &'static str> {
    rows().skip(1).filter_map(|l| l.split('\t').next())
}

/// The type called `name`.
#[must_use]
pub fn instance(name: &str) -> Option<Instance> {
    // One pass over 90 KiB of text is cheaper than building a map for the one or two names a spec has.
    let row = rows().skip(1).find(|l| l.split('\t').next() == Some(name))?;
    let cells: Vec<&'static str> = row.split('\t').collect();
    let cell = |column: &str| {
        let at = columns().iter().position(|c| *c == column)?;
        cells.get(at).copied().filter(|c| !c.is_empty())
    };
    let number = |column: &str| cell(column).and_then(|c| c.parse::<i64>().ok());
    Some(Instance {
        name: cells.first()?,
        vcpus: number("vcpus")?,
        memory_mib: number("memory_mib")?,
        arch: cell("arch").unwrap_or("amd64"),
        hypervisor: cell("hypervisor"),
        enis: number("default_card_max_enis"),
        ipv4_per_eni: number("ipv4_per_eni"),
        ebs: number("ebs_attachments").zip(cell("ebs_attachment_type").map(|t| t == "shared")),
        local_nvme_gb: number("local_nvme_gb"),
    })
}
