//! The hierarchy against plain searches: over graphs by chance, and over roads with every kind of rule.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;
use crate::metric::Metric;
use crate::network::Network;
use crate::roads::{Navigator, Roads};
use crate::route::Side;
use crate::snap::OnEdge;
use crate::test_roads::{Chance, Plain, by_chance};

/// What ways cost from one place, by Dijkstra without any preparation.
fn plain(places: u32, links: &[Link], from: u32) -> Vec<Option<u64>> {
    let mut cost = vec![None; at(places)];
    let mut queue = BinaryHeap::from([Reverse((0_u64, from))]);
    while let Some(Reverse((so_far, place))) = queue.pop() {
        if cost[at(place)].is_some() {
            continue;
        }
        cost[at(place)] = Some(so_far);
        for link in links.iter().filter(|link| link.from == place) {
            queue.push(Reverse((so_far + u64::from(link.cost), link.to)));
        }
    }
    cost
}

fn check_all_pairs(places: u32, links: &[Link], hierarchy: &Hierarchy) {
    let mut search = Search::default();
    for from in 0..places {
        let expected = plain(places, links, from);
        search.from(hierarchy, &[End { place: from, cost: 0 }]);
        let many: Vec<_> =
            (0..places).map(|to| search.to(hierarchy, &[End { place: to, cost: 0 }])).collect();
        for to in 0..places {
            let sources = [End { place: from, cost: 0 }];
            let found = search.between(hierarchy, &sources, &[End { place: to, cost: 0 }]);
            let cost = found.as_ref().map(|found| found.cost);
            assert_eq!(cost, expected[at(to)], "{from} → {to}");
            assert_eq!(
                many[at(to)].as_ref().map(|found| found.cost),
                cost,
                "{from} → {to} of many"
            );
            // The arcs are a way, and cost what is said.
            let (mut place, mut sum) = (from, 0);
            for arc in found.map(|found| found.arcs).unwrap_or_default() {
                let link = links.iter().find(|link| link.arc == arc).unwrap();
                assert_eq!(link.from, place);
                (place, sum) = (link.to, sum + u64::from(link.cost));
            }
            assert!(cost.is_none() || (place, Some(sum)) == (to, cost), "{from} → {to}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_way_costs_what_a_plain_search_finds(seed: u64, places in 1_u32..24, ways in 0_usize..80) {
        let mut chance = Chance(seed);
        let links: Vec<Link> = (0..ways)
            .map(|arc| Link {
                from: u32::try_from(chance.below(at(places))).unwrap(),
                to: u32::try_from(chance.below(at(places))).unwrap(),
                cost: u32::try_from(chance.below(50)).unwrap() + 1,
                arc: number(arc),
            })
            .collect();
        let hierarchy = Hierarchy::prepare(places, &links);
        prop_assert!(hierarchy.check(at(places), number(ways)));
        check_all_pairs(places, &links, &hierarchy);
        // Other costs, the same order.
        let slower: Vec<Link> = links
            .iter()
            .map(|link| Link { cost: u32::try_from(chance.below(50)).unwrap() + 1, ..*link })
            .collect();
        let again = Hierarchy::prepare_in_order(places, &slower, &hierarchy.order());
        prop_assert_eq!(again.order(), hierarchy.order());
        check_all_pairs(places, &slower, &again);
    }
}

/// A place a quarter of the way along an edge, on neither side.
fn on(network: &Network, edge: u32, quarters: u32) -> OnEdge {
    let facts = &network.edges[at(edge)];
    OnEdge {
        edge,
        offset_mm: facts.length_mm / 4 * quarters,
        spot: network.junctions[at(facts.from)],
        distance_m: 0.0,
        side: Side::Ahead,
    }
}

/// The product's way between two places on edges against the plain one; gives whether there is one.
fn check_pair(
    roads: &Roads,
    plain: &Plain<'_>,
    navigator: &mut Navigator,
    metric: Metric,
    (from, to): (&OnEdge, &OnEdge),
) -> bool {
    let network = roads.network();
    let (begin, end) = (roads.begin_on(*from, false, metric), roads.end_on(*to, false, metric));
    let found = navigator.search(metric).between(roads.hierarchy(metric), &begin.ends, &end.ends);
    let way = roads.way(&begin, &end, found, metric);
    let pairs = begin.mounts.iter().flat_map(|a| end.mounts.iter().map(move |b| (a, b)));
    let here = from.edge == to.edge && from.offset_mm == to.offset_mm && !begin.mounts.is_empty();
    let expected = pairs
        .filter_map(|(a, b)| plain.between(metric, (a.arc, a.offset_mm), (b.arc, b.offset_mm)))
        .chain(here.then_some(0))
        .min();
    assert_eq!(way.as_ref().map(|way| way.cost), expected, "{from:?} → {to:?}");
    let arcs = way.map(|way| way.arcs).unwrap_or_default();
    for length in 2..=arcs.len() {
        let so_far = &arcs[..length];
        assert!(
            !network.forbidden.iter().any(|row| so_far.ends_with(row)),
            "{arcs:?} is forbidden"
        );
        assert_eq!(network.head(so_far[length - 2]), network.tail(so_far[length - 1]));
    }
    !arcs.is_empty()
}

#[test]
fn all_pairs_of_small_towns_agree_with_a_plain_search() {
    let mut ways = 0;
    for seed in 0..6 {
        let roads = Roads::prepare(Network::build(&by_chance(seed, 4))).unwrap();
        let (plain, mut navigator) = (Plain::new(roads.network()), Navigator::default());
        let edges = number(roads.network().edges.len());
        for metric in [Metric::Fastest, Metric::Shortest] {
            for (from, to) in (0..edges).flat_map(|from| (0..edges).map(move |to| (from, to))) {
                let (from, to) = (on(roads.network(), from, 1), on(roads.network(), to, 3));
                ways +=
                    usize::from(check_pair(&roads, &plain, &mut navigator, metric, (&from, &to)));
            }
        }
    }
    assert!(ways > 2_000, "only {ways} ways were compared");
}

#[test]
fn thousands_of_pairs_of_larger_towns_agree_with_a_plain_search() {
    let mut ways = 0;
    for seed in 100..104 {
        let roads = Roads::prepare(Network::build(&by_chance(seed, 11))).unwrap();
        let (plain, mut navigator) = (Plain::new(roads.network()), Navigator::default());
        let mut chance = Chance(seed);
        let edges = roads.network().edges.len();
        for _ in 0..500 {
            let mut place = || {
                let (edge, quarters) = (number(chance.below(edges)), number(chance.below(5)));
                on(roads.network(), edge, quarters)
            };
            let (from, to) = (place(), place());
            ways += usize::from(check_pair(
                &roads,
                &plain,
                &mut navigator,
                Metric::Fastest,
                (&from, &to),
            ));
        }
    }
    assert!(ways > 1_000, "only {ways} ways were compared");
}
