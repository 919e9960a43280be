//! The web's own form of names and values, written a second time, so that ours is not its own judge.

/// The pairs of a form or a query: parted by `&`, then at the first `=`, each decoded once.
pub(super) fn pairs(form: &[u8]) -> Vec<(String, String)> {
    let parts = form.split(|byte| *byte == b'&').filter(|part| !part.is_empty());
    let pairs = parts.map(|part| {
        let middle = part.iter().position(|byte| *byte == b'=');
        let (name, value) = part.split_at(middle.unwrap_or(part.len()));
        (plain(name), plain(value.strip_prefix(b"=").unwrap_or_default()))
    });
    pairs.collect()
}

/// The first value of a name; empty when there is none.
pub(super) fn first(form: &[u8], name: &str) -> String {
    let found = pairs(form).into_iter().find(|(other, _)| other == name);
    found.map_or_else(String::new, |(_, value)| value)
}

fn plain(coded: &[u8]) -> String {
    let spaced: Vec<u8> =
        coded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    unescaped(&spaced)
}

/// What an address's part says: `%XX` is a byte, and `+` stays what it is.
pub(super) fn unescaped(mut coded: &[u8]) -> String {
    let mut bytes = Vec::new();
    while let Some((first, rest)) = coded.split_first() {
        coded = rest;
        let half = |at: usize| char::from(*rest.get(at)?).to_digit(16);
        match (first, half(0).zip(half(1))) {
            (b'%', Some((high, low))) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap());
                coded = &rest[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A value as somebody may write it: every byte escaped, or those alone that must be.
pub(super) fn escaped(text: &str, thoroughly: bool) -> String {
    let escape = |byte: u8| match byte {
        b' ' if !thoroughly => "+".to_owned(),
        _ if !thoroughly && byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}
