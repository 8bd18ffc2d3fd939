//! A taste of the simulation in every test run; the thousand seeds are `gandan-tests sim`.

use gandan_tests::sim::{self, Assets, Plant, Settings};

#[test]
fn thirty_seeds_keep_every_promise() {
    let assets = Assets::make().unwrap();
    let mut deaths = 0;
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
    }
    assert!(deaths > 20, "hardly anything died: {deaths}");
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

#[test]
fn acknowledging_before_commit_is_caught_and_replays() {
    let assets = Assets::make().unwrap();
    let settings = Settings {
        plant: Some(Plant::AckBeforeCommit),
        ..Settings::default()
    };
    let caught = (1..=200).find_map(|seed| {
        let report = sim::run(seed, &assets, settings).unwrap();
        (!report.breaches.is_empty()).then_some(report)
    });
    let caught = caught.expect("two hundred seeds did not notice the planted bug");
    let again = sim::run(caught.seed, &assets, settings).unwrap();
    assert_eq!(caught.breaches, again.breaches);
    assert_eq!(caught.trace_hash, again.trace_hash);
}
