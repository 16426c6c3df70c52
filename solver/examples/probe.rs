#[path = "../tests/common/mod.rs"]
mod common;
use common::*;
use plimsoll_solver::*;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let (mut lp, mut auto, mut feas, mut slow) = (0, 0, 0, 0.0f64);
    for seed in a[0]..a[1] {
        let p = random(&mut Random::new(seed), Shape { max_integers: 4, one_way: seed % 2 == 0, soft: seed % 3 != 0, ease: a[2] as i64 });
        let (m, vars, _) = p.model();
        let best = p.best(&|_| true).map(|a| a.values);
        for by in [true, false] {
            let t = std::time::Instant::now();
            let s = match solve_by(&m, by) { Ok(s) => s.solution(), Err(e) => { println!("seed {seed} {by}: {e}"); continue } };
            slow = slow.max(t.elapsed().as_secs_f64());
            if let Some(s) = &s { if by { lp += s.solves() } else { auto += s.solves() }; feas += 1; }
            let v = s.map(|s| vars.iter().map(|v| s.value(*v)).collect::<Vec<_>>());
            if v != best { println!("seed {seed} by {by}: {v:?} vs {best:?}"); }
        }
    }
    println!("feasible {feas} lp solves {lp} (exact {auto}) slowest {slow}");
}
