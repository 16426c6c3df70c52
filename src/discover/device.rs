//! Which PCI devices are graphics processors, and which extended resources their plugins offer them as.

use super::known::Device;

/// PCI vendor, what its device is called here, and the domain of its plugin's resources.
const VENDORS: [(&str, &str, &str); 3] = [
    ("0x10de", "nvidia-gpu", "nvidia.com"),
    ("0x1002", "amd-gpu", "amd.com"),
    ("0x8086", "intel-gpu", "gpu.intel.com"),
];

/// What a PCI device of this class and vendor is called, when it computes or draws. A display adapter of any other vendor
/// is a server's console or a virtual one.
pub fn graphics(class: &str, vendor: &str) -> Option<&'static str> {
    let known = VENDORS.iter().find(|(id, ..)| *id == vendor).map(|(_, name, _)| *name);
    match class.get(..6) {
        Some("0x0300") => known,
        Some("0x0302") => Some(known.unwrap_or("gpu")),
        _ => None,
    }
}

/// Gives found devices the resource that a node object offers, where vendor and number leave no doubt; the others of the
/// node object follow without a place.
pub fn join(found: &mut Vec<Device>, offered: Vec<Device>) {
    for (_, name, domain) in VENDORS {
        let own = |d: &Device| d.resource.as_ref().is_some_and(|r| r.split('/').next() == Some(domain));
        let offers: Vec<&Device> = offered.iter().filter(|d| own(d)).collect();
        let count: i64 = found.iter().filter(|d| d.name == name).map(|d| d.count).sum();
        if let [one] = offers.as_slice()
            && one.count == count
        {
            found.iter_mut().filter(|d| d.name == name).for_each(|d| d.resource.clone_from(&one.resource));
        }
    }
    let taken: Vec<Option<String>> = found.iter().map(|d| d.resource.clone()).collect();
    found.extend(offered.into_iter().filter(|d| !taken.contains(&d.resource)));
}
