//! Advice that upstream does not bear out (`claims.toml`): no plan of any example, case or size of cluster follows it, or the
//! documents say why it is not plimsoll's to follow. docs/claims.md is made from the same table.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod coherent;
mod plans;
mod table;

use common::{expect, none, read, root};
use plans::{Planned, plans};
use serde_json::json;
use table::{Claim, claims};

#[test]
fn no_plan_follows_advice_that_upstream_does_not_bear_out() {
    let plans = plans();
    assert!(plans.len() > 40, "{} plans", plans.len());
    let all = claims();
    let broken: Vec<String> = all.iter().flat_map(|c| plans.iter().flat_map(move |p| c.broken_by(p))).collect();
    none(&broken);
}

/// A check that cannot fail proves nothing: every one does on a plan that was made to follow the advice.
#[test]
fn following_the_advice_is_noticed() {
    for claim in claims() {
        let mut bad = Planned { name: "doctored".into(), values: Vec::new(), files: Vec::new() };
        for name in &claim.absent {
            bad.values.push((name.trim_end_matches('*').to_string(), json!("x")));
        }
        for name in claim.only.keys() {
            bad.values.push((name.clone(), json!("something else")));
        }
        for (name, values) in &claim.never {
            bad.values.push((name.clone(), values[0].clone()));
        }
        for text in &claim.text {
            bad.files.push(("file".into(), format!("a: 1\n{text}\n")));
        }
        let expected = claim.absent.len() + claim.only.len() + claim.never.len() + claim.text.len();
        assert_eq!(claim.broken_by(&bad).len(), expected, "{}", claim.id);
    }
}

#[test]
fn the_rules_of_check_that_claims_name_are_there() {
    let known: Vec<&str> = plimsoll::check::constraints().iter().map(|c| c.id).collect();
    let named = claims().into_iter().flat_map(|c| c.check);
    none(&named.filter(|id| !known.contains(&id.as_str())).collect::<Vec<_>>());
}

#[test]
fn every_claim_says_how_a_plan_stays_clear_of_it() {
    let mut wrong = Vec::new();
    for Claim { id, absent, only, never, text, test, outside, .. } in claims() {
        let ways = [!absent.is_empty(), !only.is_empty(), !never.is_empty(), !text.is_empty()];
        let ways =
            ways.into_iter().filter(|w| *w).count() + usize::from(test.is_some()) + usize::from(outside.is_some());
        if ways == 0 {
            wrong.push(format!("{id}: no way is named"));
        }
        for name in absent.iter().chain(only.keys()).chain(never.keys()) {
            let name = name.trim_end_matches('*');
            if plimsoll::catalog::names().all(|n| !n.starts_with(name)) && plimsoll::catalog::find(name).is_none() {
                wrong.push(format!("{id}: the catalogue does not know `{name}`, so no plan could hold it"));
            }
        }
        if let Some((file, name)) = test.as_deref().map(|t| t.split_once("::").unwrap())
            && !read(root().join(file)).contains(&format!("fn {name}("))
        {
            wrong.push(format!("{id}: {file} has no test `{name}`"));
        }
    }
    none(&wrong);
}

#[test]
fn the_page_is_made_from_the_table() {
    none(&expect(&root().join("docs/claims.md"), &table::page(&claims())).err().into_iter().collect::<Vec<_>>());
}
