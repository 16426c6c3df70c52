//! How many volumes a node can have attached, and what takes of the same slots.

use super::known::{Cause, Known};
use crate::catalog::Instance;
use crate::spec::{At, Class};

/// What limits the volumes of a node's pods.
#[derive(Clone, Debug)]
pub enum Volumes {
    /// The count that the storage driver reports, as stated.
    Stated(Known<i64>),
    /// Slots of the machine.
    Slots {
        /// Volumes that can be attached while one interface is, the system's own among them.
        most: Known<i64>,
        /// Volumes that are the system's own: its root, and every other network disk that the spec states.
        system: i64,
        /// Whether every interface beyond the first takes a slot.
        shared: bool,
    },
    /// Neither stated nor in the catalogue.
    Unknown,
}

/// What is known of a class.
pub(super) fn volumes(at: &At<Class>, instance: Option<&Instance>) -> Volumes {
    let hardware = &at.value.hardware;
    if let Some(stated) = &hardware.volumes {
        return Volumes::Stated(Known::spec(stated));
    }
    let Some((instance, stated)) = instance.zip(at.value.instance_type.as_ref()) else { return Volumes::Unknown };
    let Some((most, shared)) = instance.ebs else { return Volumes::Unknown };
    let most = Known::fact(most, format!("aws/{}/ebs-attachments", instance.name));
    let mut most = most.and(Cause::Spec(stated.path.to_string()));
    let mut system = 1;
    for disk in hardware.disks.iter().filter(|d| d.mount.value != "/") {
        if disk.kind.as_ref().is_some_and(|k| ["gp3", "network"].contains(&k.value.as_str())) {
            system += 1;
            most = most.and(Cause::Spec(disk.mount.path.to_string()));
        }
    }
    Volumes::Slots { most, system, shared }
}
