//! `aftercall profile`: a force profile tried on a file, and a first one drafted from a file.
//!
//! Neither needs AWS or a network: an analyst works on their own machine, and nothing is published.

pub(crate) mod check;

mod page;

use std::process::ExitCode;

/// A file or a profile that cannot be used.
pub(crate) const UNUSABLE: u8 = 2;

/// Says why nothing could be done.
pub(crate) fn unusable(lines: &[String]) -> anyhow::Result<ExitCode> {
    use std::io::Write as _;
    let mut err = anstream::stderr();
    for line in lines {
        writeln!(err, "{line}")?;
    }
    Ok(ExitCode::from(UNUSABLE))
}
