//! Two versions beside each other, line by line, with the words that differ.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};

const DIM: Style = Style::new().dimmed();

/// How many lines around a change are shown.
const AROUND: usize = 2;

/// Prints what is taken away and what is added.
pub(super) fn print(before: &str, after: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let diff = TextDiff::from_lines(before, after);
    for (n, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        if n > 0 {
            writeln!(out, "{DIM}  …{DIM:#}")?;
        }
        for change in group.iter().flat_map(|op| diff.iter_inline_changes(op)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ("-", AnsiColor::Red.on_default()),
                ChangeTag::Insert => ("+", AnsiColor::Green.on_default()),
                ChangeTag::Equal => (" ", DIM),
            };
            write!(out, "{style}{sign} {style:#}")?;
            for (differs, words) in change.iter_strings_lossy() {
                let style = if differs { style.underline().bold() } else { style };
                let words = words.trim_end_matches('\n');
                write!(out, "{style}{words}{style:#}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(())
}
