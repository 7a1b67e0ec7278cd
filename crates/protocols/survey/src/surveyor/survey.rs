//! What one context of SURVEYOR is about: its survey, who had it, and what was answered. Never
//! holds more than one inbox of a pipe. Obeys `rfc/sp-survey.md` section 6.

use std::time::Instant;

use speedwell_pipeset::FairQueue;

/// ```text
///          send             the deadline passes        rfc/sp-survey.md section 6
///   Idle ───────► Open ──────────────────────────► Over
///     ▲           takes and gives [answers]          │
///     └──────────── recv: timed out ─────────────────┘
/// ```
///
/// A send leads to Open from every state.
#[derive(Debug, Default)]
pub(super) enum Exchange {
    /// Nothing was asked, or the end of it was told.
    #[default]
    Idle,
    /// Answers are heard.
    Open(Box<Survey>),
    /// None are heard any more, which is to be told once.
    Over,
}

impl Exchange {
    /// Whether receiving gives something else than to wait.
    pub(super) fn is_readable(&self) -> bool {
        match self {
            Self::Idle | Self::Over => true,
            Self::Open(survey) => !survey.answers.is_empty(),
        }
    }
}

/// A survey whose answers are heard.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) id: u32,
    /// When it ends; `None` when no clock reaches so far.
    due: Option<Instant>,
    /// The pipes it was given to, and what came back on them.
    pub(super) answers: FairQueue,
}

impl Survey {
    pub(super) fn new(id: u32, due: Option<Instant>, answers: FairQueue) -> Self {
        Self { id, due, answers }
    }

    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}
