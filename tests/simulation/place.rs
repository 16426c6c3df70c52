//! The places of a node's pods as the hour begins: all of them taken, their memory shared out up to what the hour is for.

use super::inputs::Inputs;
use super::node::Node;
use super::pod::Pod;
use super::random::Dice;

/// Draws all places of a node.
pub fn places(node: &Node, inputs: &Inputs, dice: Dice) -> Vec<Pod> {
    let (probes, jobs) = (inputs.draw("exec-probes", dice), inputs.draw("churning", dice));
    let kinds = kinds(node);
    let one = |(place, kind): (usize, &usize)| {
        Pod::new(&node.kinds[*kind], inputs, dice.named("pod").of(place as u64), probes, jobs)
    };
    let mut pods: Vec<Pod> = kinds.iter().enumerate().map(one).collect();
    let weights: i64 = pods.iter().map(|p| p.weight).sum();
    let allocatable = node.pods_limit() - node.hard;
    let fill = allocatable / 100 * inputs.draw("fill", dice);
    for pod in &mut pods {
        pod.usual = i64::try_from(i128::from(fill) * i128::from(pod.weight) / i128::from(weights)).unwrap();
        pod.memory = pod.usual;
    }
    let thousandths = inputs.draw("leaks", dice) * pods.len() as i64;
    for place in chosen(&pods, (thousandths + 999) / 1000, dice.named("leaking")) {
        pods[place].leak = Some(inputs.draw("leak-rate", dice.named("leak").of(place as u64)));
    }
    for place in chosen(&pods, inputs.draw("forkers", dice), dice.named("forking")) {
        let own = dice.named("fork").of(place as u64);
        pods[place].forks = Some((own.below(3600), inputs.draw("fork-rate", own)));
    }
    pods
}

/// Kinds of all places: those with a count first, then the mix by its shares.
fn kinds(node: &Node) -> Vec<usize> {
    let all = || node.kinds.iter().enumerate();
    let mut out: Vec<usize> =
        all().flat_map(|(i, k)| std::iter::repeat_n(i, usize::try_from(k.count.unwrap_or(0)).unwrap())).collect();
    let rest = node.pods - out.len() as i64;
    let mut given = vec![0; node.kinds.len()];
    for n in 1..=rest {
        // The kind that is furthest behind its share.
        let next = all().filter(|(_, k)| k.share > 0).max_by_key(|(i, k)| k.share * n - given[*i] * 1_000_000);
        if let Some((i, _)) = next {
            given[i] += 1;
            out.push(i);
        }
    }
    out
}

/// So many places, by lot.
fn chosen(pods: &[Pod], count: i64, dice: Dice) -> Vec<usize> {
    let mut places: Vec<usize> = (0..pods.len()).collect();
    places.sort_by_key(|p| dice.of(*p as u64).below(i64::MAX));
    places.truncate(usize::try_from(count).unwrap());
    places
}
