//! The subcommands: reading arguments, and telling people the outcome. What they do is the
//! library's.

pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod town;
