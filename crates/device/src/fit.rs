//! Which sockets a device joins, and which ways messages go then. Starts nothing.
//! Obeys `rfc/sp-device.md` section 2.

use speedwell_protocol::{Passage, ProtocolIds, RawHeader};
use speedwell_socket::Messages;

use crate::{Side, StartError};

/// What a socket says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nature {
    ids: ProtocolIds,
    passage: Passage,
}

/// The ways that two sockets leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ways {
    pub(crate) to_back: bool,
    pub(crate) to_front: bool,
}

impl Nature {
    // rfc: sp-device D-02
    pub(crate) fn of(socket: &Messages, side: Side) -> Result<Self, StartError> {
        if socket.is_closed() {
            return Err(StartError::Closed(side));
        }
        let passage = socket.passage().ok_or(StartError::Cooked(side))?;
        let ids = socket.ids();
        Ok(Self { ids, passage })
    }

    /// Whether what this socket received loses its header before another one sends it.
    pub(crate) fn strips_header(self) -> bool {
        self.passage.header() == RawHeader::StaysHere
    }

    /// Whether a socket can be both sides of a device.
    // rfc: sp-device D-07
    pub(crate) fn reflects(self) -> Result<(), StartError> {
        let is_its_own_peer = self.ids.me == self.ids.peer;
        if is_its_own_peer && self.passage.sends() && self.passage.receives() {
            Ok(())
        } else {
            Err(StartError::OneSocket(self.ids))
        }
    }
}

/// The number of a protocol, whatever the role.
fn protocol(ids: ProtocolIds) -> u16 {
    ids.me.0 >> 4
}

/// Which ways messages go between two sockets.
// rfc: sp-device D-03, D-04, D-05
pub(crate) fn ways(front: Nature, back: Nature) -> Result<Ways, StartError> {
    if protocol(front.ids) != protocol(back.ids) {
        let (front, back) = (front.ids, back.ids);
        return Err(StartError::Protocols { front, back });
    }
    let ways = Ways {
        to_back: front.passage.receives() && back.passage.sends(),
        to_front: back.passage.receives() && front.passage.sends(),
    };
    if !ways.to_back && !ways.to_front {
        return Err(StartError::Directions);
    }
    if front.ids.me != back.ids.peer || front.ids.peer != back.ids.me {
        return Err(StartError::Roles(front.ids));
    }
    Ok(ways)
}

#[cfg(test)]
mod tests {
    use speedwell_protocol::ProtocolId;

    use super::*;

    const ROLES: [(ProtocolId, ProtocolId, Passage); 10] = [
        (ProtocolId::PAIR, ProtocolId::PAIR, Passage::BOTH_WAYS),
        (ProtocolId::PUB, ProtocolId::SUB, Passage::OUT),
        (ProtocolId::SUB, ProtocolId::PUB, Passage::IN),
        (ProtocolId::REQ, ProtocolId::REP, Passage::BOTH_WAYS),
        (ProtocolId::REP, ProtocolId::REQ, Passage::BOTH_WAYS),
        (ProtocolId::PUSH, ProtocolId::PULL, Passage::OUT),
        (ProtocolId::PULL, ProtocolId::PUSH, Passage::IN),
        (
            ProtocolId::SURVEYOR,
            ProtocolId::RESPONDENT,
            Passage::BOTH_WAYS,
        ),
        (
            ProtocolId::RESPONDENT,
            ProtocolId::SURVEYOR,
            Passage::BOTH_WAYS,
        ),
        (ProtocolId::BUS, ProtocolId::BUS, Passage::BOTH_WAYS),
    ];

    fn nature((me, peer, passage): (ProtocolId, ProtocolId, Passage)) -> Nature {
        let ids = ProtocolIds { me, peer };
        Nature { ids, passage }
    }

    /// What becomes of each of the 100 pairs, in a letter.
    // rfc: sp-device D-03, D-04, D-05
    #[test]
    fn each_pair_of_sockets_is_joined_or_refused_with_its_reason() {
        let letter = |front, back| match ways(nature(front), nature(back)) {
            Ok(Ways {
                to_back: true,
                to_front: true,
            }) => '=',
            Ok(Ways {
                to_back: true,
                to_front: false,
            }) => '>',
            Ok(Ways {
                to_back: false,
                to_front: true,
            }) => '<',
            Err(StartError::Protocols { .. }) => '.',
            Err(StartError::Directions) => 'd',
            Err(StartError::Roles(_)) => 'r',
            other => panic!("{other:?}"),
        };
        let table = ROLES.map(|front| ROLES.map(|back| letter(front, back)).iter().collect());
        let table: [String; 10] = table;
        assert_eq!(
            table,
            [
                "=.........", // PAIR
                ".d<.......", // PUB
                ".>d.......", // SUB
                "...r=.....", // REQ
                "...=r.....", // REP
                ".....d<...", // PUSH
                ".....>d...", // PULL
                ".......r=.", // SURVEYOR
                ".......=r.", // RESPONDENT
                ".........=", // BUS
            ]
        );
    }

    // rfc: sp-device D-07
    #[test]
    fn one_socket_is_enough_where_there_is_one_role() {
        let bend = ROLES.map(|role| nature(role).reflects().is_ok());
        let reflecting = ROLES.iter().zip(bend).filter(|(_, does)| *does);
        let reflecting: Vec<_> = reflecting.map(|((me, ..), _)| *me).collect();
        assert_eq!(reflecting, [ProtocolId::PAIR, ProtocolId::BUS]);
    }
}
