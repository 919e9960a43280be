//! Twilio's statuses and error codes. Sources: the Message resource, "Message Status values", and
//! `www.twilio.com/docs/api/errors`.

use domain::contact::Receipt;

/// What a status means for us: a receipt, still on its way, or a word we do not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Twilio or the network is done.
    Final(Receipt),
    /// Twilio or the network is still at it.
    Pending,
    /// Not in the documentation.
    Unheard,
}

/// Reads a status with the error code beside it.
pub(super) fn read(status: &str, code: Option<u32>) -> Status {
    match status {
        "delivered" | "read" => Status::Final(Receipt::Delivered),
        "undelivered" | "failed" => Status::Final(undelivered(code)),
        // Taken back before anything left, so nothing is charged. A failed text never left either,
        // but Twilio may charge for handling it, so that is not said to be free.
        "canceled" => Status::Final(Receipt::Technical),
        "accepted" | "scheduled" | "queued" | "sending" | "sent" | "partially_delivered" => {
            Status::Pending
        }
        _ => Status::Unheard,
    }
}

fn undelivered(code: Option<u32>) -> Receipt {
    match code.map(class) {
        Some(Class::Permanent | Class::OptedOut) => Receipt::Permanent,
        Some(Class::Expired) => Receipt::Expired,
        // The number may be good, so whoever asks is not told that it is not.
        Some(Class::Stop | Class::Queue | Class::Passing | Class::Unlisted) | None => {
            Receipt::Temporary
        }
    }
}

/// What an error code says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// This number takes no text, now or later.
    Permanent,
    /// The person told Twilio to stop.
    OptedOut,
    /// Twilio takes no such text from us until a person mends something: our words, our account,
    /// our number.
    Stop,
    /// Twilio did not take it in: it was asked for too much at once.
    Queue,
    /// Taken in, and the network or the handset did not take it this time.
    Passing,
    /// Too late by the validity we asked for.
    Expired,
    /// A code that is not on this page.
    Unlisted,
}

/// Reads an error code.
pub(super) fn class(code: u32) -> Class {
    match code {
        // No such number, not reachable from ours, not a mobile.
        21211 | 21214 | 21217 | 21612 | 21614 => Class::Permanent,
        // Blocked, unknown handset, a landline, not supported.
        30004 | 30005 | 30006 | 30011 => Class::Permanent,
        21610 => Class::OptedOut,
        // The words: missing, too long, with an address that is refused, filtered, too large.
        21602 | 21617 | 21618 | 30007 | 30019 => Class::Stop,
        // The account or the number texts come from.
        20003 | 20005 | 20006 | 20403 | 21603 | 21606 | 21608 | 21609 => Class::Stop,
        30002 | 30018 | 30024 => Class::Stop,
        14107 | 20429 | 21611 | 30001 => Class::Queue,
        30003 | 30008 | 30009 | 30017 | 30020 | 30021 | 30410 => Class::Passing,
        30036 => Class::Expired,
        _ => Class::Unlisted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_documentation_is_told_apart() {
        let check = |status, code, expected| {
            assert_eq!(read(status, code), expected, "{status} {code:?}");
        };
        check("delivered", None, Status::Final(Receipt::Delivered));
        check("read", None, Status::Final(Receipt::Delivered));
        check("canceled", None, Status::Final(Receipt::Technical));
        for status in ["undelivered", "failed"] {
            for code in [21211, 21610, 21614, 30004, 30005, 30006, 30011] {
                check(status, Some(code), Status::Final(Receipt::Permanent));
            }
            for code in [30001, 30002, 30003, 30007, 30008, 30009, 30017, 30410, 39999] {
                check(status, Some(code), Status::Final(Receipt::Temporary));
            }
            check(status, None, Status::Final(Receipt::Temporary));
            check(status, Some(30036), Status::Final(Receipt::Expired));
        }
        for status in ["accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"]
        {
            check(status, None, Status::Pending);
        }
        for status in ["", "Delivered", "receiving", "received", "lost-in-space"] {
            check(status, None, Status::Unheard);
        }
    }
}
