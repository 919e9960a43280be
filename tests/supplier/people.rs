//! The people who are texted, and what they reply: all of it invented.
//!
//! A person is their number. The seed and the number decide whether they reply and with what, so that
//! the same town answers in the same way each time. A person replies only to the first text that
//! reaches them, as somebody who is sent a confirmation does not answer it again.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{number, seed};

/// What sort of reply a person sends, as the author of the reply meant it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Only a score.
    Score,
    /// A score and why.
    ScoredComment,
    /// Thanks, without a score.
    Thanks,
    /// A complaint, without a score.
    Complaint,
    /// A wish for no more texts, and nothing else.
    Stop,
    /// A wish for no more texts, together with something that matters.
    StopAndMore,
    /// Somebody who may be in danger now.
    Plea,
    /// The thing that was reported has not gone away.
    StillThere,
    /// Somebody who reported nothing.
    WrongNumber,
    /// A question that wants an answer.
    Question,
    /// A score or a wish that is misspelt.
    Typo,
    /// One reply in two texts.
    TwoTexts,
    /// A reply that is not in English.
    OtherLanguage,
    /// A reply that looks like another kind, or like something for a spreadsheet to run.
    Trap,
    /// A reply that a test wrote.
    Scripted,
}

/// One text that a person will send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedReply {
    /// What sort of reply it belongs to.
    pub kind: ReplyKind,
    /// What it says.
    pub message: String,
}

/// Who replies, and with what.
#[derive(Clone, Debug, Default)]
pub struct People {
    respond_per_thousand: u16,
    scripts: HashMap<String, Vec<String>>,
}

impl People {
    /// Makes people of whom about 30 in a hundred reply.
    pub fn usual() -> Self {
        Self::respond(300)
    }

    /// Makes people who reply only if a script says so.
    pub fn silent() -> Self {
        Self::respond(0)
    }

    /// Makes people of whom about so many in a thousand reply.
    pub fn respond(per_thousand: u16) -> Self {
        Self { respond_per_thousand: per_thousand, scripts: HashMap::new() }
    }

    /// Says what the person with the number replies, one text after another; nothing means silence.
    pub fn script(mut self, phone_number: &str, messages: &[&str]) -> Self {
        let messages = messages.iter().map(|message| (*message).to_owned()).collect();
        self.scripts.insert(number::key(phone_number), messages);
        self
    }

    /// Decides what the person with the number replies to the first text that reaches them.
    pub fn replies(&self, seed: u64, phone_number: &str) -> Vec<PlannedReply> {
        let number = number::key(phone_number);
        if let Some(script) = self.scripts.get(&number) {
            let planned = |message: &String| PlannedReply {
                kind: ReplyKind::Scripted,
                message: message.clone(),
            };
            return script.iter().map(planned).collect();
        }
        let person = seed::throw(seed, &number, 0);
        if person % 1_000 >= u64::from(self.respond_per_thousand) {
            return Vec::new();
        }
        let (kind, texts) = choose(seed::throw(seed, &number, 1), seed::throw(seed, &number, 2));
        texts.iter().map(|text| PlannedReply { kind, message: (*text).to_owned() }).collect()
    }
}

fn choose(kind: u64, reply: u64) -> (ReplyKind, &'static [&'static str]) {
    let mut throw = kind % WEIGHTS.iter().map(|(_, weight)| weight).sum::<u64>();
    let mut chosen = ReplyKind::Score;
    for (kind, weight) in WEIGHTS {
        chosen = kind;
        if throw < weight {
            break;
        }
        throw -= weight;
    }
    let replies: Vec<&'static [&'static str]> =
        REPLIES.iter().filter(|(kind, _)| *kind == chosen).map(|(_, texts)| *texts).collect();
    let index = usize::try_from(reply).unwrap_or_default() % replies.len().max(1);
    (chosen, replies.get(index).copied().unwrap_or(&[]))
}

/// How often each kind comes, in a thousand replies.
const WEIGHTS: [(ReplyKind, u64); 14] = [
    (ReplyKind::Score, 420),
    (ReplyKind::ScoredComment, 160),
    (ReplyKind::Thanks, 110),
    (ReplyKind::Complaint, 55),
    (ReplyKind::Stop, 70),
    (ReplyKind::StopAndMore, 12),
    (ReplyKind::Plea, 15),
    (ReplyKind::StillThere, 35),
    (ReplyKind::WrongNumber, 25),
    (ReplyKind::Question, 30),
    (ReplyKind::Typo, 20),
    (ReplyKind::TwoTexts, 25),
    (ReplyKind::OtherLanguage, 8),
    (ReplyKind::Trap, 15),
];

/// Every reply; a score that is common is listed more than once.
const REPLIES: &[(ReplyKind, &[&str])] = &[
    (ReplyKind::Score, &["5"]),
    (ReplyKind::Score, &["5"]),
    (ReplyKind::Score, &["5"]),
    (ReplyKind::Score, &["5"]),
    (ReplyKind::Score, &["5"]),
    (ReplyKind::Score, &["5."]),
    (ReplyKind::Score, &["5!!"]),
    (ReplyKind::Score, &[" 5 "]),
    (ReplyKind::Score, &["5/5"]),
    (ReplyKind::Score, &["Five"]),
    (ReplyKind::Score, &["5 stars"]),
    (ReplyKind::Score, &["⭐⭐⭐⭐⭐"]),
    (ReplyKind::Score, &["4"]),
    (ReplyKind::Score, &["4"]),
    (ReplyKind::Score, &["4"]),
    (ReplyKind::Score, &["4"]),
    (ReplyKind::Score, &["4 out of 5"]),
    (ReplyKind::Score, &["a solid 4"]),
    (ReplyKind::Score, &["3"]),
    (ReplyKind::Score, &["3"]),
    (ReplyKind::Score, &["three"]),
    (ReplyKind::Score, &["2"]),
    (ReplyKind::Score, &["1"]),
    (ReplyKind::Score, &["one"]),
    (ReplyKind::ScoredComment, &["5 came out quicker than I thought anyone would"]),
    (ReplyKind::ScoredComment, &["5 - really glad somebody let me know what happened"]),
    (ReplyKind::ScoredComment, &["5. The lady on the phone was lovely and very patient with me"]),
    (ReplyKind::ScoredComment, &["5 sorted before I had even got home 👍"]),
    (ReplyKind::ScoredComment, &["Definitely a 5, never had a text back from the police before!"]),
    (ReplyKind::ScoredComment, &["4 all good but I was on hold a good while first"]),
    (ReplyKind::ScoredComment, &["4, would have been a 5 if someone had phoned"]),
    (ReplyKind::ScoredComment, &["4 - good to hear the horse is back in its field"]),
    (ReplyKind::ScoredComment, &["3 ok I suppose, took most of the afternoon though"]),
    (ReplyKind::ScoredComment, &["3 because nobody told me who was dealing with it"]),
    (ReplyKind::ScoredComment, &["2 it was dark by the time anybody looked"]),
    (ReplyKind::ScoredComment, &["2. Felt like I was a nuisance for calling"]),
    (ReplyKind::ScoredComment, &["1 nobody turned up, I moved the branch myself"]),
    (ReplyKind::ScoredComment, &["1 - passed from pillar to post and no further forward"]),
    (ReplyKind::Thanks, &["Thank you"]),
    (ReplyKind::Thanks, &["thanks for the update"]),
    (ReplyKind::Thanks, &["Cheers, appreciate it"]),
    (ReplyKind::Thanks, &["Ta very much"]),
    (ReplyKind::Thanks, &["Oh that's brilliant news, I was worried about that dog all night"]),
    (
        ReplyKind::Thanks,
        &[
            "Much obliged. Please pass my regards to the officer who came, he couldn't have been kinder",
        ],
    ),
    (ReplyKind::Thanks, &["👍"]),
    (ReplyKind::Thanks, &["Top job everyone 👏👏"]),
    (ReplyKind::Thanks, &["So relieved it wasn't an accident. Thanks again x"]),
    (ReplyKind::Complaint, &["Not good enough I'm afraid"]),
    (
        ReplyKind::Complaint,
        &["You say it was checked. I was stood there for two hours and saw no one"],
    ),
    (ReplyKind::Complaint, &["Shocking service, I pay my council tax for this?"]),
    (ReplyKind::Complaint, &["I want to make a formal complaint about the way I was spoken to"]),
    (ReplyKind::Complaint, &["Oh well done, only took you four days"]),
    (ReplyKind::Complaint, &["Waste of time ringing. Won't bother again"]),
    (ReplyKind::Complaint, &["The operator laughed at me. Who do I write to?"]),
    (ReplyKind::Stop, &["STOP"]),
    (ReplyKind::Stop, &["STOP"]),
    (ReplyKind::Stop, &["Stop"]),
    (ReplyKind::Stop, &["stop."]),
    (ReplyKind::Stop, &["Unsubscribe"]),
    (ReplyKind::Stop, &["Stop texting me please"]),
    (ReplyKind::Stop, &["no more messages thank you"]),
    (ReplyKind::Stop, &["Please take my number off your list"]),
    (ReplyKind::StopAndMore, &["STOP and send somebody quick he's come back with a bat"]),
    (ReplyKind::StopAndMore, &["stop. 5 for the officer though"]),
    (ReplyKind::StopAndMore, &["Stop these texts, I complained about this last month as well"]),
    (ReplyKind::Plea, &["please help me he is outside my door now"]),
    (ReplyKind::Plea, &["He's hit her again can you come"]),
    (ReplyKind::Plea, &["I can't do this any more. I don't want to be here"]),
    (ReplyKind::Plea, &["need police now, man with a knife by the shops"]),
    (ReplyKind::Plea, &["theres smoke coming from next door and i can hear someone shouting"]),
    (ReplyKind::Plea, &["I've taken a lot of tablets"]),
    (ReplyKind::StillThere, &["It's still there"]),
    (ReplyKind::StillThere, &["Are you sure? The tree is still across the lane this morning"]),
    (ReplyKind::StillThere, &["Still blocked, just driven past it"]),
    (ReplyKind::StillThere, &["the cow is back on the road"]),
    (
        ReplyKind::StillThere,
        &["No it hasn't been cleared, there's glass everywhere by the roundabout"],
    ),
    (ReplyKind::StillThere, &["2 - lights are still out at the crossing"]),
    (ReplyKind::WrongNumber, &["Who is this?"]),
    (ReplyKind::WrongNumber, &["Wrong number mate"]),
    (ReplyKind::WrongNumber, &["I never called the police, I think you have the wrong person"]),
    (ReplyKind::WrongNumber, &["This is my daughter's old phone, she moved away last year"]),
    (ReplyKind::WrongNumber, &["is this a scam"]),
    (ReplyKind::Question, &["Was the driver ok?"]),
    (ReplyKind::Question, &["Do I need to do anything else?"]),
    (ReplyKind::Question, &["Can I have the log number for my insurance please"]),
    (ReplyKind::Question, &["Did you find out whose sheep they were?"]),
    (ReplyKind::Question, &["what time did they get there"]),
    (ReplyKind::Question, &["Could someone ring me on 07700 900456 after six?"]),
    (ReplyKind::Typo, &["5 grate servise"]),
    (ReplyKind::Typo, &["fvie"]),
    (ReplyKind::Typo, &["Sotp"]),
    (ReplyKind::Typo, &["thnak yuo"]),
    (ReplyKind::Typo, &["S top"]),
    (ReplyKind::Typo, &["4 vey helpfull"]),
    (ReplyKind::TwoTexts, &["5", "Sorry meant to add thank you as well"]),
    (ReplyKind::TwoTexts, &["Just one thing", "the sign at the bend has been knocked flat too"]),
    (ReplyKind::TwoTexts, &["1", "oops I meant 5, best is 5 isn't it"]),
    (
        ReplyKind::TwoTexts,
        &[
            "The officer was very good with my mum who has dementia and gets",
            "frightened easily, so a big thank you from all of us",
        ],
    ),
    (ReplyKind::TwoTexts, &["4", "STOP"]),
    (ReplyKind::OtherLanguage, &["Diolch yn fawr iawn"]),
    (ReplyKind::OtherLanguage, &["5, gwasanaeth gwych, mae'r ffordd yn glir nawr ŵyr pawb"]),
    (ReplyKind::OtherLanguage, &["Dziękuję bardzo, wszystko dobrze"]),
    (ReplyKind::OtherLanguage, &["Mulțumesc, 5"]),
    (ReplyKind::Trap, &["Can you get them to stop racing up and down here at night"]),
    (ReplyKind::Trap, &["There were 3 of them and 2 had no lights on their bikes"]),
    (ReplyKind::Trap, &["It's house number 4 if anyone asks"]),
    (ReplyKind::Trap, &["10/10"]),
    (ReplyKind::Trap, &["0"]),
    (ReplyKind::Trap, &["=SUM(5,5) is what I'd give you"]),
    (ReplyKind::Trap, &["+1 from me"]),
    (ReplyKind::Trap, &["Help yourself to a biscuit, you earned it"]),
    (ReplyKind::Trap, &["I was dying of laughter when I saw the swan in the bus lane, thanks all"]),
    (
        ReplyKind::Trap,
        &[
            "We had the same thing happen in the spring and that time we were left for the whole weekend with the gate hanging off, the calves all over the verge and nobody at the council picking up, so to have two officers out within the hour, who knew which farm to ring and stood at the bend with their lights on until the lad came down with the quad, was quite something. I'd like it passed on to whoever is in charge. My late husband was a special for twenty years and he'd have been pleased.",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn drama_numbers() -> impl Iterator<Item = String> {
        (0..1_000).map(|number| format!("07700900{number:03}"))
    }

    #[test]
    fn the_same_seed_makes_the_same_people_and_another_makes_others() {
        let town = |seed: u64| -> Vec<Vec<PlannedReply>> {
            drama_numbers().map(|number| People::usual().replies(seed, &number)).collect()
        };
        assert_eq!(town(1), town(1));
        assert_ne!(town(1), town(2));
        let usual = People::usual();
        assert_eq!(usual.replies(1, "07700 900123"), usual.replies(1, "+447700900123"));
    }

    #[test]
    fn about_three_in_ten_reply() {
        for seed in 0..5 {
            let people = People::usual();
            let count =
                drama_numbers().filter(|number| !people.replies(seed, number).is_empty()).count();
            assert!((240..360).contains(&count), "{count} with seed {seed}");
        }
    }

    #[test]
    fn every_kind_comes_and_most_scores_are_four_or_five() {
        let mut kinds: BTreeMap<ReplyKind, usize> = BTreeMap::new();
        let (mut good, mut scores) = (0, 0);
        for seed in 0..20 {
            for number in drama_numbers() {
                let replies = People::respond(1_000).replies(seed, &number);
                assert!(!replies.is_empty());
                *kinds.entry(replies[0].kind).or_default() += 1;
                if replies[0].kind == ReplyKind::ScoredComment {
                    scores += 1;
                    good += usize::from(replies[0].message.contains(['4', '5']));
                }
            }
        }
        assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), WEIGHTS.map(|(kind, _)| kind));
        assert!(good * 10 > scores * 5, "{good} of {scores}");
    }

    #[test]
    fn there_are_at_least_sixty_different_replies_and_each_kind_has_some() {
        let distinct: BTreeSet<&[&str]> = REPLIES.iter().map(|(_, texts)| *texts).collect();
        assert!(distinct.len() >= 60, "{}", distinct.len());
        for (kind, _) in WEIGHTS {
            assert!(
                REPLIES.iter().any(|(other, texts)| *other == kind && !texts.is_empty()),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn a_script_overrides_a_person_even_into_silence() {
        let people =
            People::respond(1_000).script("07700900123", &["5", "ta"]).script("07700900124", &[]);
        let messages = |number: &str| -> Vec<String> {
            people.replies(1, number).into_iter().map(|reply| reply.message).collect()
        };
        assert_eq!(messages("07700 900 123"), ["5", "ta"]);
        assert!(messages("07700900124").is_empty());
        assert!(!messages("07700900125").is_empty());
    }
}
