//! Endpoint numbers: who speaks, and who may answer.
//!
//! Obeys `rfc/sp-wire.md` section 10. It never limits which numbers a greeting may carry: a
//! protocol that is not listed here brings its own pair of numbers.

/// PAIR, version 0.
pub const PAIR_V0: u16 = 0x10;
/// PAIR, version 1; its poly mode bears the same number.
pub const PAIR_V1: u16 = 0x11;
/// PUB: the publisher.
pub const PUB: u16 = 0x20;
/// SUB: the subscriber.
pub const SUB: u16 = 0x21;
/// REQ: who asks.
pub const REQ: u16 = 0x30;
/// REP: who replies.
pub const REP: u16 = 0x31;
/// PUSH: the sending end of a pipeline.
pub const PUSH: u16 = 0x50;
/// PULL: the receiving end of a pipeline.
pub const PULL: u16 = 0x51;
/// SURVEYOR: who asks everybody.
pub const SURVEYOR: u16 = 0x62;
/// RESPONDENT: who answers a survey.
pub const RESPONDENT: u16 = 0x63;
/// BUS: everybody to everybody.
pub const BUS: u16 = 0x70;
/// STAR: everybody to everybody, passed on by each.
pub const STAR: u16 = 0x640;

/// The only endpoint number that may stand opposite `role`; `None` for a number not listed here.
///
/// A raw socket bears the same number as a cooked one.
///
/// # Examples
///
/// ```
/// use speedwell_wire::role;
///
/// assert_eq!(role::peer_of(role::REQ), Some(role::REP));
/// assert_eq!(role::peer_of(role::BUS), Some(role::BUS));
/// assert_eq!(role::peer_of(0x60), None);
/// ```
#[must_use]
pub const fn peer_of(role: u16) -> Option<u16> {
    // rfc: sp-wire W-06, W-41, W-42
    Some(match role {
        PAIR_V0 => PAIR_V0,
        PAIR_V1 => PAIR_V1,
        PUB => SUB,
        SUB => PUB,
        REQ => REP,
        REP => REQ,
        PUSH => PULL,
        PULL => PUSH,
        SURVEYOR => RESPONDENT,
        RESPONDENT => SURVEYOR,
        BUS => BUS,
        STAR => STAR,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of `rfc/sp-wire.md` section 10, in figures.
    const TABLE: [(u16, u16); 12] = [
        (16, 16),
        (17, 17),
        (32, 33),
        (33, 32),
        (48, 49),
        (49, 48),
        (80, 81),
        (81, 80),
        (98, 99),
        (99, 98),
        (112, 112),
        (1600, 1600),
    ];

    #[test]
    fn fault_02_every_peer_number_against_every_role() {
        // rfc: sp-wire W-06, W-41, W-42
        for (role, peer) in TABLE {
            let welcome: usize = (0..=u16::MAX).filter(|&n| peer_of(role) == Some(n)).count();
            assert_eq!((peer_of(role), welcome), (Some(peer), 1));
        }
        let known = (0..=u16::MAX)
            .filter(|&role| peer_of(role).is_some())
            .count();
        assert_eq!(known, TABLE.len());
    }

    #[test]
    fn fault_15_same_role_is_no_peer_unless_symmetric() {
        // rfc: sp-wire W-06, W-41
        let own_peer = (0..=u16::MAX)
            .filter(|&role| peer_of(role) == Some(role))
            .count();
        assert_eq!(own_peer, 4);
    }

    #[test]
    fn peers_are_mutual() {
        // rfc: sp-wire W-41
        for role in 0..=u16::MAX {
            if let Some(peer) = peer_of(role) {
                assert_eq!(peer_of(peer), Some(role));
            }
        }
    }
}
