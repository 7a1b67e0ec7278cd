//! What `Topics` promises, against a list of prefixes and the plainest question one can ask of it.
//! Obeys `rfc/sp-pubsub.md` section 4.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use speedwell_pubsub::{TOPIC_LEN_MAX, TopicError, Topics};
use speedwell_testkit::effort::usual_or;

/// Few letters, the first and the last octet among them, so that much is shared.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&[0, b'a', b'b', 0xff][..]), 0..7)
}

proptest! {
    /// rfc: sp-pubsub B-15, B-16, B-17, B-22
    #[test]
    fn topics_are_a_list_of_prefixes(
        script in prop::collection::vec((prop::bool::weighted(0.7), octets()), 0..60),
        bodies in prop::collection::vec(octets(), 0..40),
    ) {
        let (mut topics, mut list) = (Topics::new(), Vec::<Vec<u8>>::new());
        for (adds, prefix) in script {
            let there = list.iter().position(|one| *one == prefix);
            if adds {
                prop_assert_eq!(topics.add(&prefix), Ok(()));
                list.push(prefix);
            } else if let Some(at) = there {
                prop_assert_eq!(topics.remove(&prefix), Ok(()));
                list.swap_remove(at);
            } else {
                prop_assert_eq!(topics.remove(&prefix), Err(TopicError::NotSubscribed));
            }
            for body in &bodies {
                let expected = list.iter().any(|prefix| body.starts_with(prefix));
                prop_assert_eq!(topics.matches(body), expected, "{:?} in {:?}", body, list);
            }
        }
        list.sort();
        list.dedup();
        prop_assert_eq!((topics.len(), topics.is_empty()), (list.len(), list.is_empty()));
    }
}

#[test]
fn fault_27_topics_of_no_octet_and_of_64_kib() {
    // rfc: sp-pubsub B-15, B-17
    let (longest, longer) = (vec![7; TOPIC_LEN_MAX], vec![7; TOPIC_LEN_MAX + 1]);
    let mut topics = Topics::new();
    assert_eq!(topics.remove(b""), Err(TopicError::NotSubscribed));
    assert_eq!(topics.add(&longer), Err(TopicError::TooLong(65_537)));
    assert!(topics.is_empty());
    topics.add(&longest).unwrap();
    assert!(topics.matches(&longest) && topics.matches(&longer));
    assert!(!topics.matches(&longest[1..]) && !topics.matches(b""));
    topics.add(b"").unwrap();
    assert!(topics.matches(b"") && topics.matches(b"anything"));
    topics.remove(b"").unwrap();
    assert!(!topics.matches(b"anything") && topics.matches(&longer));
    // What is too long was never there.
    assert_eq!(topics.remove(&longer), Err(TopicError::NotSubscribed));
}

#[test]
fn fault_27_topics_inside_topics_are_no_depth() {
    // rfc: sp-pubsub B-22
    const DEPTH: usize = 2048;
    let mut topics = Topics::new();
    let body = vec![1; TOPIC_LEN_MAX];
    (1..=DEPTH).for_each(|len| topics.add(&body[..len]).unwrap());
    assert!(topics.matches(&body));
    // Each topic ends in the one octet that this body lacks, but is before it in order.
    let (mut topics, zeros) = (Topics::new(), vec![0; TOPIC_LEN_MAX]);
    for len in 1..=DEPTH {
        let mut topic = body[..len].to_vec();
        topic[len - 1] = 0;
        topics.add(&topic).unwrap();
    }
    assert!(!topics.matches(&body), "and it ends");
    assert!(topics.matches(&zeros));
}

#[test]
fn fault_27_topics_in_great_number() {
    // rfc: sp-pubsub B-15, B-16
    let count = usual_or(200_000_u32, 20_000_000);
    let mut topics = Topics::new();
    (0..count).for_each(|n| topics.add(&n.to_be_bytes()).unwrap());
    assert_eq!(topics.len(), usize::try_from(count).unwrap());
    assert!(
        (0..count)
            .step_by(97)
            .all(|n| topics.matches(&[&n.to_be_bytes()[..], b" news"].concat()))
    );
    assert!(!topics.matches(&count.to_be_bytes()));
    (0..count).for_each(|n| topics.remove(&n.to_be_bytes()).unwrap());
    assert!(topics.is_empty());
    assert_eq!(topics.remove(b"\0\0\0\0"), Err(TopicError::NotSubscribed));
}
