//! The socket types, and what each can do. Opens none, and knows no flags but their names.
//! Obeys `rfc/sp-swcat.md` section 2.

use std::fmt;

/// A socket type, as an application uses it or raw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Push,
    Pull,
    Pub,
    Sub,
    Req,
    Rep,
    Surveyor,
    Respondent,
    Bus,
    Pair,
    Pair1,
}

/// What a role does with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nature {
    /// It only sends.
    Sends,
    /// It only receives.
    Receives,
    /// It sends, and receives answers to that.
    Asks,
    /// It receives, and sends answers to that.
    Answers,
    /// It sends and receives as it likes.
    Both,
}

impl Role {
    /// Every role.
    pub(crate) const ALL: [Self; 11] = [
        Self::Push,
        Self::Pull,
        Self::Pub,
        Self::Sub,
        Self::Req,
        Self::Rep,
        Self::Surveyor,
        Self::Respondent,
        Self::Bus,
        Self::Pair,
        Self::Pair1,
    ];

    /// Its flag.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::Push => "--push",
            Self::Pull => "--pull",
            Self::Pub => "--pub",
            Self::Sub => "--sub",
            Self::Req => "--req",
            Self::Rep => "--rep",
            Self::Surveyor => "--surveyor",
            Self::Respondent => "--respondent",
            Self::Bus => "--bus",
            Self::Pair => "--pair",
            Self::Pair1 => "--pair1",
        }
    }

    /// What it does.
    pub(crate) fn nature(self) -> Nature {
        match self {
            Self::Push | Self::Pub => Nature::Sends,
            Self::Pull | Self::Sub => Nature::Receives,
            Self::Req | Self::Surveyor => Nature::Asks,
            Self::Rep | Self::Respondent => Nature::Answers,
            Self::Bus | Self::Pair | Self::Pair1 => Nature::Both,
        }
    }

    /// Whether it sends.
    pub(crate) fn sends(self) -> bool {
        self.nature() != Nature::Receives
    }

    /// Whether it receives.
    pub(crate) fn receives(self) -> bool {
        self.nature() != Nature::Sends
    }

    /// The role of its peers.
    pub(crate) fn peer(self) -> Self {
        match self {
            Self::Push => Self::Pull,
            Self::Pull => Self::Push,
            Self::Pub => Self::Sub,
            Self::Sub => Self::Pub,
            Self::Req => Self::Rep,
            Self::Rep => Self::Req,
            Self::Surveyor => Self::Respondent,
            Self::Respondent => Self::Surveyor,
            Self::Bus => Self::Bus,
            Self::Pair => Self::Pair,
            Self::Pair1 => Self::Pair1,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.flag())
    }
}
