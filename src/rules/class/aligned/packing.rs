//! Pods with CPUs of their own, put on NUMA nodes exactly: every pod whole on one node (or one group of nodes), beside what
//! the system keeps there.
//!
//! Integer placement does not belong in the linear program: it is what made solvers hang. Totals come from there; here a
//! search, kind by kind and largest first, finds a place for them or proves that there is none. It stops after a number of
//! steps, never after a time, so that every machine gives the same answer.

/// Steps after which the search gives up.
pub const STEPS: usize = 50_000;

/// What a NUMA node (or a group of them) has for pods and the system together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bin {
    /// Logical CPUs.
    pub cpus: i64,
    /// Bytes of ordinary memory.
    pub memory: i64,
    /// Huge pages and devices, in the order of the caller.
    pub other: Vec<i64>,
}

/// A kind of pod.
#[derive(Clone, Debug)]
pub struct Item {
    /// How many pods.
    pub count: i64,
    /// Logical CPUs of one.
    pub cpus: i64,
    /// Bytes of ordinary memory of one.
    pub memory: i64,
    /// Huge pages and devices of one.
    pub other: Vec<i64>,
}

/// What the system keeps, wherever there is room: whole cores and bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reserve {
    /// Physical cores.
    pub cores: i64,
    /// Threads of one core.
    pub threads: i64,
    /// Bytes.
    pub memory: i64,
}

/// How much was searched: for tests that hold it to a bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Solves of the program.
    pub solves: usize,
    /// Searches.
    pub packings: usize,
    /// Most steps of one search.
    pub steps: usize,
    /// Searches that gave up.
    pub undecided: usize,
}

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packed {
    /// Pods per bin, then per item, in the order given.
    Fits(Vec<Vec<i64>>),
    /// There is no way.
    No,
    /// The search gave up.
    Undecided,
}

/// Puts every item into a bin.
#[must_use]
pub fn pack(bins: &[Bin], items: &[Item], reserve: Reserve, effort: &mut Effort) -> Packed {
    let mut order: Vec<usize> = (0..items.len()).collect();
    let most = |pick: fn(&Bin) -> i64| bins.iter().map(pick).max().unwrap_or(0).max(1);
    let (cpus, memory) = (most(|b| b.cpus), most(|b| b.memory));
    // Share of the largest bin, in millionths, so that CPUs and bytes compare.
    let size = |i: &Item| {
        let part = |need: i64, has: i64| i128::from(need) * 1_000_000 / i128::from(has);
        part(i.cpus, cpus).max(part(i.memory, memory))
    };
    order.sort_by_key(|i| (std::cmp::Reverse(size(&items[*i])), *i));
    // Bins that are alike stand side by side, where the search knows them for the same choice.
    let first = |at: usize| bins.iter().position(|b| *b == bins[at]).unwrap_or(at);
    let mut sides: Vec<usize> = (0..bins.len()).collect();
    sides.sort_by_key(|at| (first(*at), *at));
    let mut search = Search {
        free: sides.iter().map(|at| bins[*at].clone()).collect(),
        placed: vec![vec![0; items.len()]; bins.len()],
        items,
        order: &order,
        reserve,
        steps: STEPS,
    };
    let found = search.kind(0);
    effort.packings += 1;
    effort.steps = effort.steps.max(STEPS - search.steps);
    effort.undecided += usize::from(found.is_none());
    match found {
        Some(true) => {
            let mut placed = vec![Vec::new(); bins.len()];
            for (at, pods) in sides.into_iter().zip(search.placed) {
                placed[at] = pods;
            }
            Packed::Fits(placed)
        }
        Some(false) => Packed::No,
        None => Packed::Undecided,
    }
}

struct Search<'a> {
    free: Vec<Bin>,
    placed: Vec<Vec<i64>>,
    items: &'a [Item],
    order: &'a [usize],
    reserve: Reserve,
    steps: usize,
}

impl Search<'_> {
    /// Places the kinds from `at` on; `None` when the steps are used up.
    fn kind(&mut self, at: usize) -> Option<bool> {
        if !self.room(at) {
            return Some(false);
        }
        let Some(item) = self.order.get(at) else { return Some(true) };
        self.bin(at, *item, 0, self.items[*item].count)
    }

    /// Places `left` pods of a kind into the bins from `bin` on.
    fn bin(&mut self, at: usize, item: usize, bin: usize, left: i64) -> Option<bool> {
        self.steps = self.steps.checked_sub(1)?;
        if left == 0 {
            return self.kind(at + 1);
        }
        if bin == self.free.len() {
            return Some(false);
        }
        let need = &self.items[item];
        // What the bins that are left hold of it alone is not enough.
        if held(&self.free[bin..], need) < left {
            return Some(false);
        }
        let mut most = holds(&self.free[bin], need).min(left);
        // Bins that are alike are filled in falling order: any other order is the same answer again.
        if bin > 0 && self.alike(bin, item) {
            most = most.min(self.placed[bin - 1][item]);
        }
        for count in (0..=most).rev() {
            take(&mut self.free[bin], need, count);
            self.placed[bin][item] = count;
            let done = if self.coming(at + 1) { self.bin(at, item, bin + 1, left - count) } else { Some(false) };
            if done != Some(false) {
                return done;
            }
            take(&mut self.free[bin], need, -count);
            self.placed[bin][item] = 0;
        }
        Some(false)
    }

    /// Whether a bin was, before this kind, what the bin before it was.
    fn alike(&self, bin: usize, item: usize) -> bool {
        let mut before = self.free[bin - 1].clone();
        take(&mut before, &self.items[item], -self.placed[bin - 1][item]);
        before == self.free[bin]
    }

    /// Whether each kind from `at` on, were it alone, would still find a place.
    fn coming(&self, at: usize) -> bool {
        self.order[at..].iter().map(|i| &self.items[*i]).all(|item| held(&self.free, item) >= item.count)
    }

    /// Whether what is left could hold what is still to come, by volume and each kind alone: bounds that cost nothing.
    fn room(&self, at: usize) -> bool {
        if !self.coming(at) {
            return false;
        }
        let (mut cpus, mut memory) = (0_i64, self.reserve.memory);
        for item in self.order[at..].iter().map(|i| &self.items[*i]) {
            cpus += item.cpus * item.count;
            memory += item.memory * item.count;
        }
        let threads = self.reserve.threads.max(1);
        let whole: i64 = self.free.iter().map(|b| b.cpus / threads).sum();
        let all: i64 = self.free.iter().map(|b| b.cpus).sum();
        whole >= self.reserve.cores
            && all >= cpus + self.reserve.cores * threads
            && self.free.iter().map(|b| b.memory).sum::<i64>() >= memory
    }
}

/// How many of an item a bin holds.
#[must_use]
pub fn holds(bin: &Bin, item: &Item) -> i64 {
    let times = |has: i64, need: i64| if need <= 0 { i64::MAX } else { (has / need).max(0) };
    let other = bin.other.iter().zip(&item.other).map(|(has, need)| times(*has, *need));
    other.fold(times(bin.cpus, item.cpus).min(times(bin.memory, item.memory)), i64::min)
}

/// How many of an item bins hold together.
fn held(bins: &[Bin], item: &Item) -> i64 {
    bins.iter().map(|b| holds(b, item)).fold(0, i64::saturating_add)
}

fn take(bin: &mut Bin, item: &Item, count: i64) {
    bin.cpus -= item.cpus * count;
    bin.memory -= item.memory * count;
    for (has, need) in bin.other.iter_mut().zip(&item.other) {
        *has -= need * count;
    }
}
