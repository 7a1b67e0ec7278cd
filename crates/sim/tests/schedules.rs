//! Some hundreds of seeds of each world, and that a seed decides everything.
//! See `rfc/sp-simulation.md`.

use speedwell_sim::{Campaign, Failure, Tally, Trace, WorldName, run};
use speedwell_testkit::effort::usual_or;

fn campaign(world: WorldName) -> Tally {
    campaign_of(usual_or(600, 20_000), world)
}

fn campaign_of(count: u64, world: WorldName) -> Tally {
    let campaign = Campaign {
        first: 0,
        count,
        world: Some(world),
        threads: 1,
    };
    let failed = |failure: &Failure| println!("{failure:#?}");
    let tally = campaign.run(failed, |_| {}, ());
    assert_eq!((tally.schedules, tally.violations), (count, 0));
    tally
}

/// A campaign in which nothing happens would prove nothing.
fn has_met_everything(tally: &Tally) {
    let seeds = tally.schedules;
    assert!(tally.accepted > 10 * seeds, "{tally:?}");
    assert!(tally.delivered > tally.accepted / 2, "{tally:?}");
    let rare = [
        tally.returned,
        tally.on_lost_links,
        tally.unsent,
        tally.in_memory,
    ];
    assert!(rare.iter().all(|count| *count > seeds / 20), "{tally:?}");
    assert!(tally.crashed > 0, "{tally:?}");
}

// rfc: sp-simulation S-20 S-23 S-30 to S-36
#[test]
fn pair_accounts_for_every_message() {
    has_met_everything(&campaign(WorldName::Pair));
}

// rfc: sp-simulation S-20 S-23 S-30 to S-36
#[test]
fn pipeline_accounts_for_every_message() {
    has_met_everything(&campaign(WorldName::Pipeline));
}

// rfc: sp-simulation S-23 S-50 to S-59
#[test]
fn reqrep_answers_every_question_and_none_with_another() {
    // A question is seldom left unsent: the next one takes its place.
    let tally = campaign_of(usual_or(2_000, 20_000), WorldName::Reqrep);
    let seeds = tally.schedules;
    assert!(tally.accepted > 10 * seeds, "{tally:?}");
    assert!(tally.delivered > tally.accepted * 2 / 3, "{tally:?}");
    let often = [tally.resent, tally.cancelled, tally.in_memory];
    assert!(often.iter().all(|count| *count > seeds / 2), "{tally:?}");
    let rare = [tally.returned, tally.crashed, tally.unsent];
    assert!(rare.iter().all(|count| *count > 0), "{tally:?}");
}

// rfc: sp-simulation S-23 S-60 to S-63, sp-pubsub B-05 B-07 B-08 B-19 B-21
#[test]
fn pubsub_gives_everybody_what_they_subscribed_to() {
    let tally = campaign(WorldName::Pubsub);
    has_gone_to_many(&tally);
    assert!(tally.unwanted > tally.schedules, "{tally:?}");
}

// rfc: sp-simulation S-23 S-60 S-61 S-64 S-65, sp-survey S-07 S-11 S-12 S-13 S-15
#[test]
fn survey_hears_everybody_in_time_and_nobody_else() {
    let tally = campaign(WorldName::Survey);
    has_gone_to_many(&tally);
    assert!(tally.cancelled > tally.schedules / 2, "{tally:?}");
}

// rfc: sp-simulation S-23 S-60 to S-63, sp-bus B-05 B-06 B-08
#[test]
fn bus_reaches_every_peer_and_nobody_hears_themselves() {
    has_gone_to_many(&campaign(WorldName::Bus));
}

/// The same, where a message goes to many, or to nobody.
fn has_gone_to_many(tally: &Tally) {
    let seeds = tally.schedules;
    assert!(tally.accepted > 10 * seeds, "{tally:?}");
    assert!(tally.delivered > tally.accepted / 3, "{tally:?}");
    let often = [tally.overflowed, tally.in_memory];
    assert!(often.iter().all(|count| *count > seeds / 2), "{tally:?}");
    let rare = [tally.on_lost_links, tally.unsent];
    assert!(rare.iter().all(|count| *count > 0), "{tally:?}");
}

// rfc: sp-simulation S-01
#[test]
fn a_seed_decides_every_octet_of_the_story() {
    for world in WorldName::ALL {
        for seed in 0..20 {
            let (one, two) = (run(world, seed, Trace::On), run(world, seed, Trace::On));
            assert!(!one.trace.is_empty());
            assert_eq!(one.trace, two.trace, "seed {seed} of world {world}");
            assert_eq!(one.account, run(world, seed, Trace::Off).account);
        }
    }
}

// rfc: sp-simulation S-03 S-30
#[test]
fn every_seed_has_a_story_of_its_own() {
    let tell = |seed| run(WorldName::Pair, seed, Trace::On).trace;
    assert_ne!(tell(1), tell(2));
}

#[test]
fn a_world_has_a_name() {
    for world in WorldName::ALL {
        assert_eq!(world.to_string().parse(), Ok(world));
    }
    assert!("atlantis".parse::<WorldName>().is_err());
}
