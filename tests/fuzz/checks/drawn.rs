//! What a fuzzer's bytes stand for: a few that choose, then texts that end at a zero byte, then the rest.
//! The bytes that choose are the digits of a seed that a person writes, and any others work too.

/// Bytes, read from the front. Where they have run out, everything is zero or empty.
pub(super) struct Drawn<'a>(pub(super) &'a [u8]);

impl<'a> Drawn<'a> {
    /// A number below `many`; a `0` stands for nought.
    pub(super) fn number(&mut self, many: u8) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first.wrapping_sub(b'0') % many
    }

    /// One of these.
    pub(super) fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::from(self.number(of.len().try_into().unwrap()))]
    }

    /// The bytes up to the next zero.
    pub(super) fn bytes(&mut self) -> &'a [u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let (bytes, rest) = self.0.split_at(end);
        self.0 = rest.get(1..).unwrap_or_default();
        bytes
    }

    /// The text up to the next zero.
    pub(super) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}
