//! What a node of the AWS VPC CNI holds once its pods run: interfaces, addresses, prefixes, by the plugin's own rule.

use crate::catalog;
use crate::quantity::ceil_div;

/// Which target counts; the plugin reads one kind of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// WARM_ENI_TARGET: so many interfaces' worth of free addresses.
    Interfaces(i64),
    /// WARM_PREFIX_TARGET: so many free prefixes.
    Prefixes(i64),
    /// WARM_IP_TARGET and MINIMUM_IP_TARGET, in whole prefixes where interfaces hold those.
    Addresses {
        /// Free addresses.
        warm: i64,
        /// Addresses at least.
        least: i64,
        /// Whether they come in prefixes.
        prefixes: bool,
    },
}

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Interfaces, each with an address of its own.
    pub interfaces: i64,
    /// Addresses of the subnets, those of the interfaces included.
    pub addresses: i64,
}

/// What a node with `pods` addresses in use holds, whose `count` interfaces have room for `each` addresses or prefixes.
#[must_use]
pub fn holding(pods: i64, count: i64, each: i64, targets: &Targets) -> Holding {
    let (count, each) = (count.max(1), each.max(1));
    let block = catalog::limit_value("aws-prefix-addresses");
    let own = catalog::limit_value("aws-eni-own-addresses");
    let slots = count * each;
    match *targets {
        Targets::Interfaces(warm) => {
            // Whole interfaces, until those free are as many as asked for or no further one can be attached.
            let asked = if warm == 0 { pods + 1 } else { pods + warm * each };
            let interfaces = ceil_div(asked, each).clamp(1, count);
            Holding { interfaces, addresses: interfaces * (each + own) }
        }
        Targets::Prefixes(warm) => in_prefixes(ceil_div(pods, block) + warm, slots, each, (block, own)),
        Targets::Addresses { warm, least, prefixes: true } => {
            in_prefixes(ceil_div((pods + warm).max(least), block), slots, each, (block, own))
        }
        Targets::Addresses { warm, least, prefixes: false } => {
            let held = (pods + warm).max(least).min(slots);
            let interfaces = ceil_div(held, each).max(1);
            Holding { interfaces, addresses: held + interfaces * own }
        }
    }
}

fn in_prefixes(wanted: i64, slots: i64, each: i64, (block, own): (i64, i64)) -> Holding {
    let prefixes = wanted.min(slots);
    let interfaces = ceil_div(prefixes, each).max(1);
    Holding { interfaces, addresses: prefixes * block + interfaces * own }
}
