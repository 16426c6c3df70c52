//! How many members there are: a majority must live, so an even number adds a machine and no safety.

use super::Part;
use crate::catalog;
use crate::diag::Finding;

/// Findings on the number of members.
pub(super) fn remarks(part: &Part<'_>, findings: &mut Vec<Finding>) {
    let Some(at) = &part.etcd.members else { return };
    let (members, most) = (at.value, catalog::limit_value("etcd-members-most"));
    let quorum = members / 2 + 1;
    let lost = members - quorum;
    let say = |message: String, help: String| {
        Finding::warning("etcd-members", message)
            .at(&part.etcd.place(at), "its members")
            .note(format!("{quorum} of {members} must agree to each write, so {lost} may fail"))
            .help(help)
    };
    if members > most {
        let message = format!("etcd has {members} members, and every write waits for {quorum} of them");
        findings.push(say(message, "five let two fail, which is enough in most clusters".into()));
    } else if members % 2 == 0 {
        let message = format!("etcd has {members} members, of which no more may fail than of {}", members - 1);
        findings.push(say(message, format!("run {} or {} of them", members - 1, members + 1)));
    }
}
