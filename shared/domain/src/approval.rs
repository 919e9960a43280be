//! Two people for every campaign: nobody publishes words that nobody else has approved.
//!
//! An approval is of exact words over an exact version in force: whoever approved saw what would
//! change. When either is another, the approval is of something else.

use jiff::Timestamp;

/// Somebody, as the record will name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The name they go by.
    pub name: String,
    /// Whose credentials they used, where that was asked: the name alone is only what they say.
    pub principal: Option<String>,
}

impl Who {
    /// The programs themselves.
    pub fn ourselves() -> Self {
        Self { name: "aftercall".to_owned(), principal: None }
    }

    /// Whether the two may be one person.
    pub fn may_be(&self, other: &Self) -> bool {
        let same_principal = self.principal.is_some() && self.principal == other.principal;
        same_principal || self.folded() == other.folded()
    }

    /// The name without regard to case or to space in and around it.
    pub fn folded(&self) -> String {
        let words = self.name.split_whitespace().map(str::to_lowercase);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Words that somebody approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Which words: the fingerprint of the whole file.
    pub fingerprint: String,
    /// Over which version in force; 0 when there was none.
    pub base: u32,
    /// Who.
    pub by: Who,
    /// When.
    pub at: Timestamp,
}

/// Why words may not be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unapproved {
    /// Nobody approved exactly these words.
    #[error(
        "nobody has approved these words: another person looks at them with `aftercall approve`"
    )]
    Nobody,
    /// Only whoever wants to publish them did.
    #[error("{0} approved them and publishes them: one of the two must be somebody else")]
    Oneself(String),
    /// They were approved when another version was in force.
    #[error(
        "they were approved over version {approved}, and version {in_force} is in force now: what \
         would change is not what was looked at, so they are approved anew"
    )]
    Outdated {
        /// The version then.
        approved: u32,
        /// The version now.
        in_force: u32,
    },
}

/// The approval by which `publisher` may publish these words over the version in force.
///
/// # Errors
/// There is none, and why the nearest is not enough.
pub fn approved<'a>(
    approvals: &'a [Approval],
    fingerprint: &str,
    publisher: &Who,
    in_force: u32,
) -> Result<&'a Approval, Unapproved> {
    let of_these = || approvals.iter().filter(|approval| approval.fingerprint == fingerprint);
    let by_another = || of_these().filter(|approval| !approval.by.may_be(publisher));
    if let Some(approval) = by_another().find(|approval| approval.base == in_force) {
        return Ok(approval);
    }
    Err(match (by_another().max_by_key(|approval| approval.at), of_these().next()) {
        (Some(approval), _) => Unapproved::Outdated { approved: approval.base, in_force },
        (None, Some(approval)) => Unapproved::Oneself(approval.by.name.clone()),
        (None, None) => Unapproved::Nobody,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str) -> Who {
        Who { name: name.to_owned(), principal: None }
    }

    fn approval(by: Who, base: u32) -> Approval {
        let at = "2026-03-10T10:00:00Z".parse().unwrap();
        Approval { fingerprint: "f".to_owned(), base, by, at }
    }

    #[test]
    fn somebody_else_must_have_approved_these_words_over_this_version() {
        let check = |approvals: &[Approval], expected| {
            let found =
                approved(approvals, "f", &who("Sgt Bell"), 3).map(|approval| &approval.by.name);
            assert_eq!(found.map(String::as_str).map_err(|e| e.clone()), expected);
        };
        check(&[], Err(Unapproved::Nobody));
        let own = approval(who(" sgt  BELL "), 3);
        check(std::slice::from_ref(&own), Err(Unapproved::Oneself(" sgt  BELL ".to_owned())));
        let old = approval(who("Insp Khan"), 2);
        check(std::slice::from_ref(&old), Err(Unapproved::Outdated { approved: 2, in_force: 3 }));
        let good = approval(who("Insp Khan"), 3);
        check(&[own, old, good.clone()], Ok("Insp Khan"));
        let other = Approval { fingerprint: "g".to_owned(), ..good };
        check(&[other], Err(Unapproved::Nobody));
    }

    #[test]
    fn one_persons_credentials_are_one_person_by_whatever_name() {
        let with = |name: &str, principal: &str| Who {
            name: name.to_owned(),
            principal: Some(principal.to_owned()),
        };
        assert!(with("Bell", "arn:1").may_be(&with("Khan", "arn:1")));
        assert!(!with("Bell", "arn:1").may_be(&with("Khan", "arn:2")));
        assert!(!who("Bell").may_be(&with("Khan", "arn:2")));
    }
}
