//! Cells that a spreadsheet would run, and the apostrophe that keeps it from doing so.
//!
//! A cell of `=HYPERLINK(…)` acts on the desk of whoever opens the table, so whatever we write into
//! one is [`guarded`], as OWASP advises (<https://owasp.org/www-community/attacks/CSV_Injection>).
//! [`bare`] takes the apostrophe off again, and off nothing that was not guarded.

/// What a spreadsheet may take for the start of a formula; the last four are full-width.
pub const STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What may end a cell, or seem to, for a reader with other settings than ours.
const SEPARATORS: [char; 9] = [',', ';', '|', '"', '\'', '\t', '\r', '\n', '\u{b}'];

/// The cell, with an apostrophe before it where a spreadsheet could run it.
pub fn guarded(cell: &str) -> String {
    if is_dangerous(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell as it was before it was guarded.
pub fn bare(cell: &str) -> &str {
    // A cell that began with an apostrophe of its own was guarded by a second one wherever its rest
    // is dangerous, because then it was dangerous itself.
    cell.strip_prefix('\'').filter(|rest| is_dangerous(rest)).unwrap_or(cell)
}

/// Whether a formula could begin in this cell: at its start, or after something that a reader with
/// other settings takes for its end.
pub fn is_dangerous(cell: &str) -> bool {
    // Also behind apostrophes, so that one of the cell's own is told from the one that guards it.
    if cell.trim_start_matches('\'').starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let mut may_begin = true;
    for c in cell.chars() {
        if may_begin && STARTS.contains(&c) {
            return true;
        }
        // What cannot be seen does not move the start of a cell: some programs trim it.
        let unseen = c.is_whitespace() || c.is_control() || is_zero_width(c);
        may_begin = SEPARATORS.contains(&c) || (may_begin && unseen);
    }
    false
}

fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_be_a_formula_gets_an_apostrophe_and_nothing_else_does() {
        let check = |cell: &str, dangerous| assert_eq!(is_dangerous(cell), dangerous, "{cell:?}");
        for cell in ["=1", "+447700900123", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠a"] {
            check(cell, true);
            check(&format!(" \u{a0}\u{200b}{cell}"), true);
            check(&format!("a,{cell}"), true);
            check(&format!("a; {cell}"), true);
            check(&format!("a\"{cell}"), true);
            check(&format!("a\n{cell}"), true);
        }
        check("\tx", true);
        check("\rx", true);
        check("\nx", true);
        check("", false);
        check("2026-03-01", false);
        check("07700 900123", false);
        check("4.12", false);
        check("a+b, it's 5/5 - ta", false);
    }

    #[test]
    fn an_apostrophe_of_somebodys_own_stays() {
        for cell in ["'tis fine", "'", "''", "it's", "'=1", "''=1", "'\r", "''\n"] {
            assert_eq!(bare(&guarded(cell)), cell);
        }
        assert_eq!(bare("'tis fine"), "'tis fine");
    }

    proptest! {
        #[test]
        fn a_guarded_cell_starts_no_formula_and_is_found_again(
            cell in prop_oneof![".{0,12}", r#"[ =+\-@\t\r\n＝＋－＠,;'"a]{0,6}"#],
        ) {
            let guarded = guarded(&cell);
            prop_assert!(!guarded.starts_with(STARTS), "{:?}", guarded);
            prop_assert!(!guarded.starts_with(['\t', '\r', '\n']), "{:?}", guarded);
            prop_assert_eq!(bare(&guarded), cell);
        }
    }
}
