//! The long flags of nanocat, whose abbreviations go on meaning what they mean there, whatever
//! flags we have beside them. Declares no flag. Obeys `rfc/sp-swcat.md` section 2.

use clap::Command;

/// The long flags of nanocat 1.1.5.
pub(super) const FLAGS: [&str; 33] = [
    "verbose",
    "silent",
    "help",
    "push",
    "pull",
    "pub",
    "sub",
    "req",
    "rep",
    "surveyor",
    "respondent",
    "bus",
    "pair",
    "bind",
    "connect",
    "bind-ipc",
    "connect-ipc",
    "bind-local",
    "connect-local",
    "recv-timeout",
    "send-timeout",
    "socket-name",
    "subscribe",
    "format",
    "raw",
    "ascii",
    "quoted",
    "msgpack",
    "hex",
    "interval",
    "delay",
    "data",
    "file",
];

/// What a flag of nanocat may be cut down to there: what no other begins with.
pub(super) fn abbreviations(flag: &'static str) -> impl Iterator<Item = &'static str> {
    let cuts = (1..flag.len()).filter_map(|len| flag.get(..len));
    cuts.filter(|cut| FLAGS.iter().filter(|flag| flag.starts_with(cut)).count() == 1)
}

/// Gives the flags of nanocat their abbreviations, which nobody is shown.
// rfc: sp-swcat W-01
pub(super) fn abbreviate(command: Command) -> Command {
    command.mut_args(|arg| {
        let flag = FLAGS.into_iter().find(|flag| arg.get_long() == Some(flag));
        arg.aliases(flag.into_iter().flat_map(abbreviations))
    })
}
