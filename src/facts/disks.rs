//! Which disks hold what, and where containers' own layers lie: beside the images, or on nodefs.

use super::known::{Cause, Known};
use super::machine::Disks;
use crate::catalog;
use crate::diag::Finding;
use crate::quantity::Version;
use crate::spec::{At, Class, Disk, Hardware, Spec};

const CONTAINERS: &str = "containerfs";

/// The disk that holds something, and where that is said.
fn holding<'h>(hardware: &'h Hardware, what: &str) -> Option<(&'h Disk, &'h At<String>)> {
    hardware.disks.iter().find_map(|d| Some((d, d.holds.iter().find(|h| h.value == what)?)))
}

/// Whether containers' layers are stated to lie on nodefs, apart from the images.
pub(super) fn split(hardware: &Hardware) -> Option<Known<()>> {
    let ((node, _), (image, _)) = (holding(hardware, "nodefs")?, holding(hardware, "imagefs")?);
    let (containers, at) = holding(hardware, CONTAINERS)?;
    let apart = node.mount.value != image.mount.value && containers.mount.value == node.mount.value;
    apart.then(|| Known::caused((), Cause::Spec(at.path.to_string())))
}

/// Refuses what upstream does not know: containers on a disk of their own, in a minor or with a runtime that has no such
/// layout.
pub(super) fn check(spec: &Spec, stated: &Class, version: &Known<Version>, findings: &mut Vec<Finding>) {
    let hardware = &stated.hardware;
    let Some((containers, at)) = holding(hardware, CONTAINERS) else { return };
    let place = spec.place(at);
    let beside = |what: &str| holding(hardware, what).is_some_and(|(d, _)| d.mount.value == containers.mount.value);
    let images_apart = !beside("imagefs") && holding(hardware, "imagefs").is_some();
    if !beside("nodefs") && !beside("imagefs") {
        let message = format!("`{CONTAINERS}` lies on `{}`, with neither nodefs nor imagefs", containers.mount.value);
        findings.push(
            Finding::error("containerfs-apart", message)
                .at(&place, "on a disk of its own")
                .note("the kubelet knows what containers write beside the images, or on nodefs while images lie elsewhere")
                .help("let the disk of `nodefs` or that of `imagefs` hold it"),
        );
        return;
    }
    if !images_apart {
        return;
    }
    let minor = version.value.minor;
    if catalog::behaviour("containerfs", minor).is_none() {
        let since = catalog::limit("containerfs").and_then(|b| b.span().0).map_or_else(String::new, |m| m.to_string());
        let message = format!("kubelet {minor} does not know containers' layers apart from images");
        findings.push(
            Finding::error("containerfs-version", message)
                .at(&place, format!("known since {since}"))
                .note("it would watch neither the space nor the inodes that containers write to")
                .help("let the disk of `imagefs` hold `containerfs`, or plan a newer kubelet"),
        );
    }
    let runtime = stated.runtime.as_ref().map_or("containerd", |r| r.value.as_str());
    let least = catalog::limit_value("crio-containerfs");
    let old = |v: &Version| i64::from(v.minor.0) * 100 + i64::from(v.minor.1) < least;
    let too_old = stated.runtime_version.as_ref().filter(|v| old(&v.value));
    if runtime != "crio" || too_old.is_some() {
        let needed = format!("CRI-O {}.{}", least / 100, least % 100);
        let version = too_old.map_or_else(String::new, |v| format!(" {}", v.value));
        let message = format!("{runtime}{version} keeps containers' layers beside the images");
        let finding = Finding::error("containerfs-runtime", message)
            .at(&place, "stated apart from the images")
            .note(format!("{needed} is the first runtime that can split them"));
        findings.push(match too_old {
            Some(v) => finding.clash(&spec.place(v), "too old"),
            None => finding.help_if(
                stated
                    .runtime
                    .is_none()
                    .then(|| "if the nodes run CRI-O, say so: `runtime = { name = \"crio\" }`".to_string()),
            ),
        });
    }
}

/// What each of the file systems that matter lies on.
pub(super) fn holders(hardware: &Hardware) -> Disks {
    let on = |what: &str| holding(hardware, what).map(|(disk, _)| disk);
    let (node, image) = (on("nodefs"), on("imagefs"));
    let images = image.or(node);
    let own = image.filter(|i| node.is_some_and(|n| n.mount.value != i.mount.value));
    Disks {
        nodefs: node.map(|d| Known::spec(&d.size).and(Cause::Spec(d.mount.path.to_string()))),
        imagefs: own.map(|d| Known::spec(&d.size).and(Cause::Spec(d.mount.path.to_string()))),
        split: split(hardware),
        image_write: images.and_then(|d| d.write.as_ref()).map(Known::spec),
        image_iops: images.and_then(|d| d.iops.as_ref()).map(Known::spec),
        image_kind: images.and_then(|d| d.kind.as_ref()).map(Known::spec),
        path: hardware.disks.first().map(|d| d.mount.path.to_string()),
    }
}
