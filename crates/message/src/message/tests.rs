//! The rules of a message: what it holds, what it shares, what it costs.

use alloc::vec;

use proptest::prelude::*;

use super::*;
use crate::INLINE_OCTETS_MAX;

#[test]
fn a_message_fits_the_promised_size() {
    assert!(size_of::<Message>() <= 96, "{}", size_of::<Message>());
}

#[test]
fn small_messages_are_inline_and_large_ones_share() {
    let small = Message::from(vec![7; INLINE_OCTETS_MAX]);
    assert!(small.shared_body().is_none());
    let large = Message::from(vec![7; INLINE_OCTETS_MAX + 1]);
    assert!(large.shared_body().is_some());
    assert_eq!(large.clone().into_body().as_ptr(), large.body().as_ptr());
}

#[test]
fn a_vector_is_taken_over_without_a_copy() {
    let body = vec![1; 4096];
    let at = body.as_ptr();
    assert_eq!(Message::from(body).body().as_ptr(), at);
}

#[test]
fn a_border_moves_into_a_shared_body_without_copying_it() {
    let mut message = Message::from(vec![1; 4096]);
    let at = message.body().as_ptr();
    assert!(message.set_border(4));
    assert_eq!(message.body().as_ptr(), at.wrapping_add(4));
}

#[test]
fn equality_ignores_where_a_message_came_from() {
    let mut one = Message::from("x");
    one.set_origin(PipeId::new(1, 2));
    assert_eq!(one, Message::from("x"));
    assert_eq!(one.origin(), PipeId::new(1, 2));
}

proptest! {
    #[test]
    fn the_border_moves_and_no_octet_is_lost(
        header in prop::collection::vec(any::<u8>(), 0..100),
        body in prop::collection::vec(any::<u8>(), 0..200),
        moved in 0_usize..210,
        trimmed in 0_usize..310,
    ) {
        let mut message = Message::with_header(&header, Bytes::from(body.clone()));
        prop_assert_eq!(message.header(), &header[..]);
        prop_assert_eq!(message.body(), &body[..]);
        let mut whole = header.clone();
        whole.extend_from_slice(&body);

        let mut border = header.len();
        prop_assert_eq!(message.body_to_header(moved), moved <= body.len());
        if moved <= body.len() {
            border += moved;
        }
        prop_assert_eq!(message.header(), &whole[..border]);
        prop_assert_eq!(message.trim_header(trimmed), trimmed <= border);
        let from = if trimmed <= border { trimmed } else { 0 };
        prop_assert_eq!(message.header(), &whole[from..border]);
        prop_assert_eq!(message.body(), &whole[border..]);

        let left = whole.len() - from;
        let mut moved_to = message.clone();
        prop_assert_eq!(moved_to.set_border(moved), moved <= left);
        let new_border = if moved <= left { from + moved } else { border };
        prop_assert_eq!(moved_to.header(), &whole[from..new_border]);
        prop_assert_eq!(moved_to.body(), &whole[new_border..]);

        message.push_header(&[9; 4]);
        prop_assert_eq!(&message.header()[..4], &[9; 4]);
        prop_assert_eq!(&message.header()[4..], &whole[from..border]);
        prop_assert_eq!(message.body(), &whole[border..]);
        message.set_header(&[]);
        prop_assert_eq!(message.octets(), whole.len() - border);
    }
}

#[test]
fn a_body_of_any_length_is_copied_whole() {
    let octets: Vec<u8> = (1..=100).collect();
    for length in 0..=octets.len() {
        let body = &octets[..length];
        let message = Message::copy_from_slice(body);
        assert_eq!((message.header(), message.body()), (&[][..], body));
    }
}
