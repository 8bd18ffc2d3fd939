//! A taste of the simulation in every test run; the thousand seeds are `gandan-tests sim`.

use std::collections::BTreeSet;

use gandan_tests::sim::{self, Assets, Plant, Settings, plot::Kind};

#[test]
fn thirty_seeds_keep_every_promise() {
    let assets = Assets::make().unwrap();
    let (mut deaths, mut paid) = (0, 0);
    let mut kinds = BTreeSet::new();
    for seed in 5_000..5_030 {
        let report = sim::run(seed, &assets, Settings::default()).unwrap();
        assert!(
            report.breaches.is_empty(),
            "seed {seed}: {:?}",
            report.breaches
        );
        assert!(
            report.proofs > 0,
            "seed {seed} never showed that it was sent"
        );
        deaths += report.phone_deaths + report.backend_deaths;
        paid += report.payments;
        kinds.extend(report.kind);
    }
    assert!(deaths > 20, "hardly anything died: {deaths}");
    assert!(paid > 5, "hardly anybody paid: {paid}");
    assert_eq!(kinds.len(), Kind::ALL.len(), "only {kinds:?}");
}

#[test]
fn the_same_seed_does_the_same() {
    let assets = Assets::make().unwrap();
    for seed in 6_000..6_004 {
        let one = sim::run(seed, &assets, Settings::default()).unwrap();
        let two = sim::run(seed, &assets, Settings::default()).unwrap();
        assert_eq!(one.trace_hash, two.trace_hash, "seed {seed}");
    }
}

/// The planted bug is caught, by a breach whose name begins so, and replays.
fn caught(plant: Plant, invariant: &str) {
    let assets = Assets::make().unwrap();
    let settings = Settings {
        plant: Some(plant),
        ..Settings::default()
    };
    let caught = (1..=200).find_map(|seed| {
        let report = sim::run(seed, &assets, settings).unwrap();
        let mut breaches = report.breaches.iter();
        let named = breaches.any(|breach| breach.starts_with(invariant));
        named.then_some(report)
    });
    let caught = caught.expect("two hundred seeds did not notice the planted bug");
    let again = sim::run(caught.seed, &assets, settings).unwrap();
    assert_eq!(caught.breaches, again.breaches);
    assert_eq!(caught.trace_hash, again.trace_hash);
}

/// What it loses depends on where the backend dies: a promised dossier, a session, a sum.
#[test]
fn acknowledging_before_commit_is_caught() {
    caught(Plant::AckBeforeCommit, "");
}

#[test]
fn money_that_is_entered_twice_is_caught_as_i4() {
    caught(Plant::CreditTwice, "I4:");
}
