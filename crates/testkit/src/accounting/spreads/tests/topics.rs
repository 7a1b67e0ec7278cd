//! What is subscribed to, and what is not. See `rfc/sp-simulation.md` section 10.

use super::*;

/// The topic of the first message, and one that it does not begin with.
fn topics() -> (&'static str, &'static str) {
    match topic_of(stamp(0)) {
        [b'a', _] => ("a", "b"),
        _ => ("b", "a"),
    }
}

fn subscribed(topic: &'static str) -> Event {
    let party = BOB;
    Event::Subscribed { party, topic }
}

fn unsubscribed(topic: &'static str) -> Event {
    let party = BOB;
    Event::Unsubscribed { party, topic }
}

fn unwanted() -> Event {
    dropped(BOB, Some(TO_BOB.back()), DropCause::Unsubscribed)
}

/// Bob does this first, then a message is sent, then comes that.
fn around_one(first: &[Event], then: &[Event]) -> Vec<Violation> {
    let sent = [accepted(0), pushed(0, TO_BOB), overflow(TO_CID)];
    judge(Wants::Topics, &[first, &sent, then].concat())
}

// rfc: sp-simulation S-63
#[test]
fn only_what_was_subscribed_to_is_delivered() {
    let (mine, other) = topics();
    let heard = delivered(BOB, TO_BOB, 0);
    for topic in ["", mine] {
        assert_eq!(around_one(&[subscribed(topic)], &[heard]), FINE);
    }
    let violation = [Violation::Unwanted(stamp(0))];
    assert_eq!(around_one(&[], &[heard]), violation);
    assert_eq!(around_one(&[subscribed(other)], &[heard]), violation);
    // Subscriptions are counted.
    let ended = [subscribed(mine), unsubscribed(mine)];
    assert_eq!(around_one(&ended, &[heard]), violation);
    let once_more = [subscribed(mine), subscribed(mine), unsubscribed(mine)];
    assert_eq!(around_one(&once_more, &[heard]), FINE);
    // It decides what held when the message came, which is at some time in between.
    assert_eq!(
        around_one(&[subscribed(mine)], &[unsubscribed(mine), heard]),
        FINE
    );
    assert_eq!(around_one(&[], &[subscribed(mine), heard]), FINE);
}

// rfc: sp-simulation S-63
#[test]
fn what_was_subscribed_to_all_the_time_is_delivered_and_the_rest_is_counted() {
    let (mine, other) = topics();
    let (stamp, link, end) = (stamp(0), TO_BOB, read(TO_BOB, BOB, 1));
    let lost = [Violation::Lost {
        stamp,
        link: Some(link),
    }];
    assert_eq!(around_one(&[subscribed(mine)], &[end]), lost);
    assert_eq!(around_one(&[subscribed(mine)], &[Event::Settled]), lost);
    assert_eq!(around_one(&[subscribed(other)], &[unwanted(), end]), FINE);
    assert_eq!(around_one(&[], &[subscribed(mine), unwanted(), end]), FINE);
    let (counted, unwanted) = (0, 1);
    let miscounted = [Violation::Miscounted {
        link,
        counted,
        unwanted,
    }];
    assert_eq!(around_one(&[subscribed(other)], &[end]), miscounted);
}
