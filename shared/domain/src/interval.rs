//! How sure a share is: Wilson's interval.

/// Wilson's 95 % interval of the share `successes` of `n`; everything from 0 to 1 of nothing.
///
/// Unlike the textbook's interval it stays between 0 and 1 and is honest about a handful of
/// answers: seven of seven is 0.65 to 1, not 1.
pub fn wilson(successes: u64, n: u64) -> (f64, f64) {
    const Z: f64 = 1.959_964;
    if n == 0 {
        return (0.0, 1.0);
    }
    let whole = n as f64;
    let share = successes as f64 / whole;
    let scale = 1.0 + Z * Z / whole;
    let centre = (share + Z * Z / (2.0 * whole)) / scale;
    let half = Z * (share * (1.0 - share) / whole + Z * Z / (4.0 * whole * whole)).sqrt() / scale;
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_agrees_with_the_published_vectors() {
        let check = |successes, n, low: f64, high: f64| {
            let found = wilson(successes, n);
            assert!((found.0 - low).abs() < 0.0006, "{successes} of {n}: {found:?}");
            assert!((found.1 - high).abs() < 0.0006, "{successes} of {n}: {found:?}");
        };
        check(8, 10, 0.490, 0.943);
        check(45, 50, 0.786, 0.957);
        check(320, 400, 0.758, 0.836);
        check(0, 7, 0.0, 0.354);
        check(7, 7, 0.646, 1.0);
        check(0, 0, 0.0, 1.0);
    }
}
