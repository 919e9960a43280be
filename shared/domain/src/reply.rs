//! Sorts what people text back, so that danger reaches a person and STOP is kept.
//!
//! A reply is put to a small trained model, as its words, the parts of its words and what the rules
//! of `cues.rs` make of it. What it says is danger is danger, and where it is in doubt also: the
//! threshold was chosen so that 97 of 100 dangers are found that a hand unknown to it wrote. Of the
//! other classes the likeliest is taken. Short commands and cries stand whatever the model says, and a
//! request to stop is taken from any reply, whatever else it says. It decides nothing about what to
//! answer, and it does not read pictures sent or replies before this one.

mod cues;
pub mod model;

use std::fmt;

use std::sync::LazyLock;

use crate::phrase::{Book, Hit};
use crate::score::{self, Found, Score};
use crate::sentiment::{self, Attitude, Sentiment, Valence};
use crate::words::{self, Word};
use cues::{Force, RULES};
use model::{Trait, Weights};

/// What a reply is, for the people who must act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Danger to life or serious harm, or someone who cannot speak freely.
    Emergency,
    /// A new incident or crime that is not urgent.
    IncidentReport,
    /// The hazard reported is still there or is back.
    StillThere,
    /// Dissatisfaction that a complaints team should see.
    Complaint,
    /// Who, what or where of offending.
    Intelligence,
    /// Road design, signs, lights or litter, for those who keep the road.
    HighwaysReferral,
    /// Not the person who rang.
    WrongPerson,
    /// Praise of one officer or call taker.
    PraiseStaff,
    /// Asks something.
    Question,
    /// An ordinary score or comment.
    Feedback,
    /// Only a request to stop.
    OptOut,
    /// Only a request to start again.
    OptIn,
    /// Noise, or a language not understood.
    Unclear,
}

/// Every class with the name stored and reported, the most urgent first.
pub const CLASSES: [(Class, &str); 13] = [
    (Class::Emergency, "emergency"),
    (Class::IncidentReport, "incident_report"),
    (Class::StillThere, "still_there"),
    (Class::Complaint, "complaint"),
    (Class::Intelligence, "intelligence"),
    (Class::HighwaysReferral, "highways_referral"),
    (Class::WrongPerson, "wrong_person"),
    (Class::PraiseStaff, "praise_staff"),
    (Class::Question, "question"),
    (Class::Feedback, "feedback"),
    (Class::OptOut, "opt_out"),
    (Class::OptIn, "opt_in"),
    (Class::Unclear, "unclear"),
];

impl Class {
    /// The name stored and reported.
    pub fn as_str(self) -> &'static str {
        CLASSES.iter().find(|(class, _)| *class == self).map_or("unclear", |(_, name)| name)
    }

    /// Its place in [`CLASSES`], which is its place among the model's answers.
    fn place(self) -> usize {
        CLASSES.iter().position(|(class, _)| *class == self).unwrap_or_default()
    }

    /// The class of that name, where there is one.
    pub fn parse(name: &str) -> Option<Self> {
        CLASSES.iter().find(|(_, listed)| *listed == name).map(|(class, _)| *class)
    }
}

/// One reply, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is.
    pub class: Class,
    /// Whether it asks us to stop, whatever else it says.
    pub opt_out: bool,
    /// The score, where one is clearly given.
    pub score: Option<Score>,
    /// The attitude to the police response.
    pub sentiment: Sentiment,
    /// How pleased or displeased, in thousandths.
    pub valence: Valence,
    /// Whether the score and the words disagree: a high score with blame, a low one with praise.
    pub disagrees: bool,
    /// Why, the class first, such as `emergency: "got a knife"`: the sender's words, never logged.
    pub why: Vec<String>,
}

impl Reading {
    /// The reading with a more urgent class that somebody else gave it; one that is less urgent, or
    /// that sends nobody to look, changes nothing. A request to stop stays one.
    #[must_use]
    pub fn raised(self, class: Class, by: &str) -> Self {
        // `Class` is in the order of urgency.
        if class >= self.class || class > Class::HighwaysReferral {
            return self;
        }
        let mut why = vec![because(class.as_str(), by)];
        why.extend(self.why);
        Self { class, why, ..self }
    }

    /// The reading of what is known to be no more than the answer we asked for.
    #[must_use]
    pub fn as_answer(mut self) -> Self {
        let class = self.class.as_str();
        self.why.retain(|why| !why.starts_with(class));
        Self { class: Class::Feedback, ..self }
    }
}

impl fmt::Debug for Reading {
    /// Without the words that caused it: they are the sender's own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading")
            .field("class", &self.class)
            .field("opt_out", &self.opt_out)
            .field("score", &self.score)
            .field("sentiment", &self.sentiment)
            .field("valence", &self.valence)
            .field("disagrees", &self.disagrees)
            .finish_non_exhaustive()
    }
}

/// Reads one reply.
pub fn read(text: &str) -> Reading {
    read_by(Weights::own(), text)
}

/// Reads one reply by other weights than our own, to measure them.
pub fn read_by(weights: Weights<'_>, text: &str) -> Reading {
    let read = Read::of(text);
    let chances = Chances::of(weights, &read.traits);
    let (class, stop) = read.triage(weights, &chances);
    let sentiment = read.mood(&chances);
    let words = |answer| words::quote(text, read.speaking(weights, answer));
    let mut why = Vec::new();
    if !matches!(class, Class::Feedback | Class::Unclear) {
        let hit = read.hit.filter(|_| read.rule_class == class);
        let quoted = hit.map_or_else(|| words(class.place()), |hit| read.quote(text, hit));
        why.push(because(class.as_str(), quoted));
    }
    if stop && class != Class::OptOut {
        let quoted = read.stop.map_or_else(|| words(model::STOP), |hit| read.quote(text, hit));
        why.push(because(Class::OptOut.as_str(), quoted));
    }
    let score = read.found.score;
    if score.is_some() {
        why.push(because("score", &read.found.words));
    }
    if sentiment != Sentiment::Neutral {
        let own = read.attitude.words.join("\", \"");
        if !own.is_empty() {
            why.push(because(sentiment.as_str(), &own));
        } else if score.is_none() {
            why.push(because(sentiment.as_str(), words(place_of(sentiment))));
        }
    }
    let disagrees = score.is_some_and(|score| sentiment::disagrees(score, sentiment));
    let valence = chances.valence(score);
    Reading { class, opt_out: stop, score, sentiment, valence, disagrees, why }
}

/// The traits of a reply, to learn from.
pub fn traits(text: &str) -> Vec<Trait> {
    Read::of(text).traits
}

/// How likely a reply is an emergency beside the likeliest other class, and that it asks us to stop:
/// what the thresholds are chosen by.
pub fn likelihoods(weights: Weights<'_>, text: &str) -> (f32, f32) {
    let read = Read::of(text);
    let chances = Chances::of(weights, &read.traits);
    let danger = match read.commanded() {
        Some(Class::Emergency) => f32::INFINITY,
        Some(_) => 0.0,
        None => read.danger(&chances),
    };
    (danger, chances.stop())
}

/// What is seen in a reply before it is judged.
struct Read {
    words: Vec<Word>,
    found: Found,
    attitude: Attitude,
    rule_class: Class,
    hit: Option<Hit>,
    stop: Option<Hit>,
    traits: Vec<Trait>,
}

impl Read {
    fn of(text: &str) -> Read {
        let words = words::of(text);
        let found = score::find_in(text, &words);
        let attitude = Attitude::of(text, &words);
        let seen = Seen::of(text, &words);
        let (rule_class, hit) = triage(&seen, &found, &attitude);
        let stop = seen.first(Stands::Stop).filter(|_| rule_class != Class::OptIn);
        let mood = feeling(rule_class, stop.is_some(), &found, &attitude);
        let mut marks = Marks::default();
        seen.hits.iter().for_each(|hit| marks.add(Mark::Rule, hit.rule));
        for (mark, count) in [
            (Mark::Praise, attitude.praise),
            (Mark::Courtesy, attitude.courtesy),
            (Mark::Blame, attitude.blame),
            (Mark::Grievance, attitude.grievance),
        ] {
            (1..=2)
                .filter(|&least| count >= 2 * least - 1)
                .for_each(|least| marks.add(mark, least));
        }
        marks.add(Mark::Score, found.score.map_or(0_u8, Score::get));
        if let Some(flag) = found.flag {
            marks.add(Mark::Flag, flag as u8);
        }
        marks.add(Mark::Class, rule_class.place());
        marks.add(Mark::Mood, place_of(mood));
        marks.add(Mark::Length, (words.len() + 1).ilog2().min(6));
        text.chars().filter(|c| "?!".contains(*c)).for_each(|c| marks.add(Mark::Punctuation, c));
        if stop.is_some() {
            marks.add(Mark::Stop, 0_u8);
        }
        let traits = model::traits(&words, &marks.0);
        Read { words, found, attitude, rule_class, hit, stop, traits }
    }

    /// The class, and whether a request to stop is in it.
    fn triage(&self, weights: Weights<'_>, chances: &Chances) -> (Class, bool) {
        let thresholds = weights.thresholds();
        // Where the rules saw the word and took it for something else, the model must be sure.
        let refused = self.words.iter().any(|word| STOPS.contains(&word.text.as_str()));
        let least = if refused { thresholds.stop.max(0.8) } else { thresholds.stop };
        // `Dont stop texting me` is the opposite, whatever its words weigh.
        let kept = self.words.windows(2).any(|pair| {
            let [before, word] = pair else { return false };
            word.text == "stop" && matches!(before.text.as_str(), "not" | "never")
        });
        let stop = self.stop.is_some() || (chances.stop() >= least && !kept);
        let class = self.commanded().unwrap_or_else(|| {
            let dangerous = self.danger(chances) >= thresholds.emergency;
            if dangerous { Class::Emergency } else { chances.likeliest_but_danger().0 }
        });
        (class, class == Class::OptOut || stop && class != Class::OptIn)
    }

    /// How likely danger is beside the likeliest other class. What is plainly danger needs the model's
    /// word only that it is not plainly something else.
    fn danger(&self, chances: &Chances) -> f32 {
        let plainly = if self.rule_class == Class::Emergency { PLAINLY } else { 1.0 };
        plainly * chances.danger() / chances.likeliest_but_danger().1
    }

    /// A whole message of a few words that the rules know: a command of the carriers, a cry for help;
    /// or no words at all.
    fn commanded(&self) -> Option<Class> {
        let short = self.words.len() <= 3;
        match self.rule_class {
            Class::OptOut | Class::OptIn | Class::Emergency if short => Some(self.rule_class),
            Class::Unclear if self.words.is_empty() => Some(Class::Unclear),
            _ => None,
        }
    }

    /// The attitude: a score given outweighs the words, unless they plainly disagree.
    fn mood(&self, chances: &Chances) -> Sentiment {
        let fits = |mood: Sentiment| match self.found.score.map(Score::get) {
            Some(4..) => matches!(mood, Sentiment::Positive | Sentiment::Mixed),
            Some(..=2) => matches!(mood, Sentiment::Negative | Sentiment::Mixed),
            Some(_) | None => true,
        };
        let moods = chances.moods().iter().zip(SENTIMENTS).filter(|(_, mood)| fits(*mood));
        let best = moods.max_by(|(left, _), (right, _)| left.total_cmp(right));
        best.map_or(Sentiment::Neutral, |(_, mood)| mood)
    }

    /// The words that speak loudest for an answer: the loudest one and neighbours that help.
    fn speaking(&self, weights: Weights<'_>, answer: usize) -> &[Word] {
        const MOST: usize = 6;
        let shares = weights.shares(&self.traits, self.words.len(), answer);
        let loudest = (0..shares.len()).max_by(|left, right| {
            let share = |at: &usize| shares.get(*at).copied().unwrap_or_default();
            share(left).total_cmp(&share(right)).then(right.cmp(left))
        });
        let Some(loudest) = loudest else { return &[] };
        let least = shares.get(loudest).copied().unwrap_or_default().max(0.0) / 4.0;
        let helps = |at: usize| shares.get(at).is_some_and(|share| *share > least);
        let (mut from, mut to) = (loudest, loudest + 1);
        while to - from < MOST && helps(to) {
            to += 1;
        }
        while to - from < MOST && from > 0 && helps(from - 1) {
            from -= 1;
        }
        self.words.get(from..to).unwrap_or_default()
    }

    fn quote<'a>(&self, text: &'a str, hit: Hit) -> &'a str {
        words::quote(text, self.words.get(hit.from..hit.to).unwrap_or_default())
    }
}

/// How likely each answer is.
struct Chances(model::Sums);

impl Chances {
    fn of(weights: Weights<'_>, traits: &[Trait]) -> Chances {
        let mut sums = weights.sums(traits);
        let (classes, rest) = sums.split_at_mut(model::SENTIMENTS);
        let (moods, stop) = rest.split_at_mut(model::STOP - model::SENTIMENTS);
        moods.iter_mut().zip(RARITY).for_each(|(sum, rarity)| *sum += rarity);
        model::chances(classes);
        model::chances(moods);
        stop.iter_mut().for_each(|sum| *sum = model::chance(*sum));
        Chances(sums)
    }

    /// The likeliest class but for danger, and how likely it is.
    fn likeliest_but_danger(&self) -> (Class, f32) {
        let others = self.0.iter().zip(CLASSES).take(model::SENTIMENTS).skip(1);
        let likeliest = others.max_by(|(left, _), (right, _)| left.total_cmp(right));
        likeliest.map_or((Class::Unclear, 0.0), |(chance, (class, _))| (class, *chance))
    }

    fn danger(&self) -> f32 {
        self.0.first().copied().unwrap_or_default()
    }

    fn moods(&self) -> &[f32] {
        self.0.get(model::SENTIMENTS..model::STOP).unwrap_or_default()
    }

    fn stop(&self) -> f32 {
        self.0.get(model::STOP).copied().unwrap_or_default()
    }

    /// How pleased the words are, and half by the score where there is one.
    fn valence(&self, score: Option<Score>) -> Valence {
        let mood = |at: usize| self.moods().get(at).copied().unwrap_or_default();
        let words = mood(0) - mood(1);
        Valence::near(match score {
            Some(score) => (words + (f32::from(score.get()) - 3.0) / 2.0) / 2.0,
            None => words,
        })
    }
}

/// How much less likely danger may be where the rules name it.
const PLAINLY: f32 = 30.0;

/// What is added to each sentiment's sum: most replies learnt from are neutral and few are mixed, and
/// all four matter alike. Chosen by cross-validation.
const RARITY: [f32; 4] = [0.0, 0.0, -0.5, 1.0];

/// What a mark for the model tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Rule,
    Praise,
    Courtesy,
    Blame,
    Grievance,
    Score,
    Flag,
    Class,
    Mood,
    Length,
    Punctuation,
    Stop,
}

/// What the rules found, each once, for the model to weigh.
#[derive(Default)]
struct Marks(Vec<(u32, u32)>);

impl Marks {
    fn add(&mut self, mark: Mark, value: impl TryInto<u32>) {
        let found = (mark as u32, value.try_into().unwrap_or_default());
        if !self.0.contains(&found) {
            self.0.push(found);
        }
    }
}

fn place_of(sentiment: Sentiment) -> usize {
    let at = SENTIMENTS.iter().position(|listed| *listed == sentiment).unwrap_or_default();
    model::SENTIMENTS + at
}

/// The sentiments in the order of the model's answers.
pub const SENTIMENTS: [Sentiment; 4] =
    [Sentiment::Positive, Sentiment::Negative, Sentiment::Neutral, Sentiment::Mixed];

fn because(what: &str, words: &str) -> String {
    format!("{what}: \"{words}\"")
}

/// The order of harm, for classes decided by their cues alone once there is no danger.
const ORDER: [Class; 6] = [
    Class::WrongPerson,
    Class::StillThere,
    Class::IncidentReport,
    Class::Intelligence,
    Class::Complaint,
    Class::HighwaysReferral,
];

fn triage(seen: &Seen<'_>, found: &Found, attitude: &Attitude) -> (Class, Option<Hit>) {
    let sure = |class| seen.first(Stands::For(class, Force::Sure)).map(|hit| (class, Some(hit)));
    let stop = seen.first(Stands::Stop);
    sure(Class::Emergency)
        .or_else(|| sure(Class::OptIn))
        .or_else(|| sure(Class::Unclear))
        .or_else(|| ORDER.into_iter().find_map(sure))
        .or_else(|| seen.praised_staff(found, attitude).map(|hit| (Class::PraiseStaff, Some(hit))))
        .or_else(|| seen.asked(found, stop).map(|hit| (Class::Question, Some(hit))))
        .or_else(|| {
            stop.filter(|_| is_only_stop(found, attitude)).map(|hit| (Class::OptOut, Some(hit)))
        })
        .unwrap_or_else(|| (rest(seen, found, attitude), None))
}

/// Whether beside the request to stop there is no score and no praise to count.
fn is_only_stop(found: &Found, attitude: &Attitude) -> bool {
    found.score.is_none() && attitude.praise == 0
}

/// What a reply without a cue is: a comment where it can be understood at all.
fn rest(seen: &Seen<'_>, found: &Found, attitude: &Attitude) -> Class {
    let scored = found.score.is_some() || !found.heard.is_empty();
    let moody = attitude.alone() != Sentiment::Neutral;
    if scored || moody || seen.is_plain_english() { Class::Feedback } else { Class::Unclear }
}

/// The attitude that fits the class: a report or a question is about something else than us.
fn feeling(class: Class, opt_out: bool, found: &Found, attitude: &Attitude) -> Sentiment {
    if let Some(score) = found.score {
        let by_score = attitude.beside(score);
        let spoiled = class == Class::StillThere && by_score == Sentiment::Positive;
        return if spoiled { Sentiment::Mixed } else { by_score };
    }
    let good = attitude.praise + attitude.courtesy;
    let bad = attitude.blame + attitude.grievance;
    match class {
        Class::Emergency | Class::OptIn | Class::Unclear => Sentiment::Neutral,
        Class::Complaint => Sentiment::Negative,
        Class::PraiseStaff if bad > 0 => Sentiment::Mixed,
        Class::PraiseStaff => Sentiment::Positive,
        Class::StillThere => match (good, bad) {
            (1.., _) => Sentiment::Mixed,
            (0, 1..) => Sentiment::Negative,
            (0, 0) if opt_out => Sentiment::Negative,
            (0, 0) => Sentiment::Neutral,
        },
        Class::IncidentReport | Class::HighwaysReferral if opt_out => Sentiment::Negative,
        Class::IncidentReport
        | Class::Intelligence
        | Class::WrongPerson
        | Class::HighwaysReferral
        | Class::Question
        | Class::OptOut => match (attitude.praise, attitude.grievance) {
            (0, 0) => Sentiment::Neutral,
            (_, 0) => Sentiment::Positive,
            (0, _) => Sentiment::Negative,
            (_, _) => Sentiment::Mixed,
        },
        Class::Feedback => attitude.alone_or(&found.heard),
    }
}

/// What a rule speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// A class, with some force.
    For(Class, Force),
    /// A request to stop, beside any class.
    Stop,
}

/// The cues found in one reply.
struct Seen<'a> {
    text: &'a str,
    words: &'a [Word],
    hits: Vec<Hit>,
}

static BOOK: LazyLock<Book> =
    LazyLock::new(|| Book::new(RULES.iter().map(|rule| rule.phrases), cues::LISTS));

impl<'a> Seen<'a> {
    fn of(text: &'a str, words: &'a [Word]) -> Seen<'a> {
        Seen { text, words, hits: BOOK.find(words) }
    }

    fn first(&self, wanted: Stands) -> Option<Hit> {
        let speaks = |hit: &&Hit| {
            stands(**hit) == Some(wanted) && !(wanted == Stands::Stop && self.is_no_request(**hit))
        };
        let found = self
            .hits
            .iter()
            .filter(speaks)
            .max_by_key(|hit| (hit.to - hit.from, usize::MAX - hit.from));
        found.copied().or_else(|| if wanted == Stands::Stop { self.bare_stop() } else { None })
    }

    /// Whether words of a request to stop are none by what stands before them: `full stop thank you`,
    /// `he wont stop texting`, `she said not to text`.
    fn is_no_request(&self, hit: Hit) -> bool {
        let word = |back: usize| {
            let word = hit.from.checked_sub(back).and_then(|at| self.words.get(at));
            word.map_or("", |word| word.text.as_str())
        };
        match word(0) {
            "stop" => NOT_STOPPED.contains(&word(1)),
            "not" => {
                matches!(word(1), "said" | "says" | "told" | "asked")
                    && matches!(word(2), "he" | "she" | "they" | "mum" | "dad" | "husband")
            }
            _ => false,
        }
    }

    /// A mention of one member of staff in a reply that praises.
    fn praised_staff(&self, found: &Found, attitude: &Attitude) -> Option<Hit> {
        let mention = self.first(Stands::For(Class::PraiseStaff, Force::Likely));
        let sure = self.first(Stands::For(Class::PraiseStaff, Force::Sure));
        let pleased = attitude.praise > 0 || (attitude.courtesy > 0 && attitude.grievance == 0);
        let low = found.score.is_some_and(|score| score.get() < 3);
        sure.or(mention.filter(|_| pleased)).filter(|_| !low)
    }

    /// A question: by its first words, or by its mark where more than a word or two is asked.
    fn asked(&self, found: &Found, stop: Option<Hit>) -> Option<Hit> {
        let whole = Hit { rule: usize::MAX, from: 0, to: self.words.len() };
        let marked = self.text.contains('?') && self.words.len() > 2 && found.heard.is_empty();
        let about_stop = |hit: &Hit| stop.is_some_and(|stop| stop.from < hit.to.saturating_add(3));
        let asked =
            self.first(Stands::For(Class::Question, Force::Sure)).or(marked.then_some(whole));
        asked.filter(|hit| !about_stop(hit))
    }

    /// STOP as a word of its own: shouted, parted from the rest, or before a new subject.
    fn bare_stop(&self) -> Option<Hit> {
        let joined: String = self.words.iter().take(4).map(|word| word.text.as_str()).collect();
        let spelled_out = self.words.len() <= 4 && STOPS.contains(&joined.as_str());
        if spelled_out {
            return Some(Hit { rule: usize::MAX, from: 0, to: self.words.len() });
        }
        let at = (0..self.words.len()).find(|&at| self.is_bare_stop(at))?;
        Some(Hit { rule: usize::MAX, from: at, to: at + 1 })
    }

    fn is_bare_stop(&self, at: usize) -> bool {
        let Some(word) = self.words.get(at).filter(|word| STOPS.contains(&word.text.as_str()))
        else {
            return false;
        };
        let before = at.checked_sub(1).and_then(|before| self.words.get(before));
        let after = self.words.get(at + 1);
        let is = |other: Option<&Word>, list: &[&str]| {
            other.is_some_and(|other| list.contains(&other.text.as_str()))
        };
        let searched = is(after, &["and"]) && is(self.words.get(at + 2), &["search", "searched"]);
        if searched || is(before, COMPOUNDS) {
            return false;
        }
        let opens = before.is_none_or(|before| self.parts(before, word) || is_aside(before));
        let closes = after.is_none_or(|after| self.parts(word, after) || is_aside(after));
        let all_shouted = self.words.iter().all(|word| word.shouted || word.text.len() < 3);
        let loud = word.shouted && !all_shouted && !is(after, OBJECTS) && (opens || closes);
        let new_sentence = [at + 2, at + 3].iter().any(|&verb| is(self.words.get(verb), VERBS));
        let leads = opens
            && (closes
                || (is(after, DETERMINERS) && new_sentence)
                || is(after, SUBJECTS)
                || ends_politely(self.words, at + 1));
        let ends = after.is_none()
            && before.is_some_and(|before| {
                all_shouted
                    || BEFORE_LAST.contains(&before.text.as_str())
                    || sentiment::is_attitude(&before.text)
            });
        loud || leads || ends
    }

    /// Whether punctuation stands between two neighbours.
    fn parts(&self, left: &Word, right: &Word) -> bool {
        let marks =
            ['.', '!', ',', ';', ':', '\n', '-', '–', '—', '…', '"', '(', ')', '?', '/', '\''];
        words::between(self.text, left, right).contains(marks)
    }

    /// Whether enough of it is common English to be a comment and no noise.
    fn is_plain_english(&self) -> bool {
        let common =
            self.words.iter().filter(|word| cues::COMMON.contains(&word.text.as_str())).count();
        common >= 2 && common * 4 >= self.words.len()
    }
}

/// A score or a picture, which is no part of the sentence beside it.
fn is_aside(word: &Word) -> bool {
    let figure = word.text.len() == 1 && word.text.bytes().all(|byte| byte.is_ascii_digit());
    figure || !word.text.is_ascii()
}

/// `stop please`, `stop now thanks`.
fn ends_politely(words: &[Word], from: usize) -> bool {
    words.iter().skip(from).all(|word| POLITE.contains(&word.text.as_str()))
}

fn stands(hit: Hit) -> Option<Stands> {
    RULES.get(hit.rule).map(|rule| rule.stands)
}

/// STOP in the spellings that may stand among other words.
const STOPS: &[&str] = &[
    "stop",
    "stopall",
    "stopp",
    "stpo",
    "unsubscribe",
    "optout",
    "5stop",
    "stop5",
    "1stop",
    "stop1",
];

/// Words that may follow STOP to the end of the message.
const POLITE: &[&str] = &[
    "please", "now", "thanks", "thank", "you", "it", "stop", "this", "these", "ta", "cheers",
    "ffs", "x", "mate", "means",
];

/// Words that may open a sentence after STOP as well as name a thing to be stopped.
const DETERMINERS: &[&str] = &["the", "my", "your", "it", "that", "this", "their"];

/// Words that show it opened a sentence: `STOP the lady was lovely`.
const VERBS: &[&str] = &["was", "were", "is", "are", "has", "had", "did", "came", "never", "will"];

/// Words after which a last word STOP is a request.
const BEFORE_LAST: &[&str] = &[
    "please", "thanks", "you", "ta", "ok", "just", "now", "service", "came", "job", "back", "mate",
    "lads", "guys", "x", "again", "me", "already", "this", "texts", "number",
];

/// Words after STOP that begin a new sentence and are nothing to be stopped.
const SUBJECTS: &[&str] = &[
    "he", "she", "i", "we", "there", "my", "stop", "and", "but", "also", "because", "no", "not",
    "do", "did", "who", "what", "why", "you", "someone", "police", "thanks", "thank", "please",
    "wrong", "nobody", "is", "still",
];

/// Words after STOP that are to be stopped.
const OBJECTS: &[&str] = &[
    "the", "them", "him", "her", "it", "that", "people", "cars", "lorries", "these", "those",
    "speeding", "parking", "line", "sign", "lights", "doing", "being", "using", "going", "at",
    "for", "in", "on", "off", "and", "light", "signs", "search",
];

/// Words before `stop` and an object that leave no request: `full stop thank you`, `dont stop texting`.
const NOT_STOPPED: &[&str] =
    &["full", "bus", "non", "tram", "coach", "pit", "not", "never", "rest", "short", "door"];

/// Words before STOP that make another thing of it: `bus stop`, `didn't stop`.
const COMPOUNDS: &[&str] = &[
    "bus",
    "full",
    "him",
    "her",
    "them",
    "next",
    "last",
    "not",
    "to",
    "non",
    "pit",
    "tram",
    "coach",
    "never",
    "dead",
    "will",
    "would",
    "a",
    "the",
    "door",
    "short",
    "emergency",
    "truck",
    "rest",
    "could",
    "should",
    "it",
    "he",
    "she",
    "they",
    "and",
    "can",
    "must",
    "did",
    "tube",
    "one",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(input: &str, expected: Class) {
        let reading = read(input);
        assert_eq!(reading.class, expected, "{input:?} {:?}", reading.why);
    }

    #[track_caller]
    fn check_all(inputs: &[&str], expected: Class) {
        inputs.iter().for_each(|input| check(input, expected));
    }

    #[track_caller]
    fn check_stop(input: &str, expected: bool) {
        let reading = read(input);
        assert_eq!(reading.opt_out, expected, "{input:?} {:?}", reading.why);
    }

    #[track_caller]
    fn check_sentiment(input: &str, expected: Sentiment) {
        let reading = read(input);
        assert_eq!(reading.sentiment, expected, "{input:?} {:?}", reading.why);
    }

    #[test]
    fn danger_to_life_is_an_emergency() {
        check_all(
            &[
                "My husband is hitting me please help",
                "hes pulled a knive on my brother",
                "she isnt breathing",
                "dad has collapsed in the hall",
                "theres someone downstairs and im on my own with the baby",
                "the flat above is on fire",
                "toddler walking down the dual carriageway with no adult",
                "someone has been followin me since the station",
            ],
            Class::Emergency,
        );
    }

    #[test]
    fn quiet_or_coded_danger_is_an_emergency() {
        check_all(
            &[
                "cant talk hes in the kitchen",
                "55",
                "he's back",
                "he wont let me leave",
                "the boss keeps our passports and we sleep in the garage",
                "could I order a takeaway pizza please",
                "I seem to have taken rather more of my tablets than I meant to",
                "I dont want to be here anymore",
                "I have had a fall and can't get up. So sorry to be a nuisance",
                "pls come",
            ],
            Class::Emergency,
        );
    }

    #[test]
    fn danger_in_another_language_is_an_emergency() {
        check_all(&["Helpwch fi", "ratunku", "bachao", "ajutor va rog"], Class::Emergency);
    }

    #[test]
    fn danger_is_read_beside_a_score_and_beside_stop() {
        let reading = read("STOP he has got a knife");
        assert_eq!((reading.class, reading.opt_out), (Class::Emergency, true));
        let [danger, stop] = reading.why.as_slice() else { panic!("{:?}", reading.why) };
        assert!(danger.starts_with("emergency: \"") && danger.contains("knife"), "{danger}");
        assert_eq!(stop, "opt_out: \"STOP\"");
        let reading = read("5. my ex is outside again");
        assert_eq!((reading.class, reading.score.map(Score::get)), (Class::Emergency, Some(5)));
    }

    #[test]
    fn idioms_and_what_happened_are_no_emergency() {
        for input in [
            "nearly died laughing, top lads",
            "the crash was horrific but your lot were fab",
            "killing me waiting on hold",
            "dying to know what happened to that van",
            "thanks for your help",
            "you saved my life, thank you",
            "someone will be killed on that bend",
            "trapped in traffic for hours",
        ] {
            let reading = read(input);
            assert_ne!(reading.class, Class::Emergency, "{input:?} {:?}", reading.why);
        }
    }

    #[test]
    fn somebody_who_never_rang_is_the_wrong_person() {
        check_all(
            &[
                "wrong number pal",
                "I havent reported anything",
                "new phone who dis",
                "is this a scam",
                "this isnt his number anymore",
            ],
            Class::WrongPerson,
        );
    }

    #[test]
    fn a_hazard_not_gone_is_still_there() {
        check_all(
            &[
                "the fridge is still in the lane",
                "Nothing has been cleared, it is still there",
                "cleared my foot",
                "just drove past and its not gone",
            ],
            Class::StillThere,
        );
    }

    #[test]
    fn something_new_is_an_incident_report() {
        check_all(
            &[
                "someone has nicked my bike from the shed",
                "there is a mattress in the middle of the slip road",
                "Another thing, the garage was broken into on Sunday",
                "a car has hit my wall and drove off",
                "kids throwing eggs at our windows last night",
            ],
            Class::IncidentReport,
        );
    }

    #[test]
    fn offending_told_is_intelligence() {
        check_all(
            &[
                "theyre dealing out of the flat above the launderette",
                "I know who dumped it",
                "the reg is QX99 ZZQ",
                "everyone knows he drives without a licence",
            ],
            Class::Intelligence,
        );
    }

    #[test]
    fn conduct_and_absence_are_a_complaint() {
        check_all(
            &[
                "I want to make a complaint",
                "your officer laughed at me",
                "nobody turned up",
                "he was so rude to my wife",
                "still waiting for someone to call me back",
            ],
            Class::Complaint,
        );
    }

    #[test]
    fn the_state_of_the_road_is_for_the_highways() {
        check_all(
            &[
                "there are potholes all along there",
                "street lights are out by the chapel",
                "that hedge wants cutting back",
                "please stop the speeding on our road",
                "needs a mini roundabout",
            ],
            Class::HighwaysReferral,
        );
    }

    #[test]
    fn one_member_of_staff_praised_is_praise() {
        check_all(
            &[
                "the lady on the phone was lovely",
                "PC Testwell was brilliant",
                "5 your call handler kept me calm",
                "give that officer a medal",
            ],
            Class::PraiseStaff,
        );
    }

    #[test]
    fn something_asked_is_a_question() {
        check_all(
            &[
                "did you find the owner",
                "What happens next?",
                "is the driver ok",
                "can i get a log number",
            ],
            Class::Question,
        );
    }

    #[test]
    fn a_score_or_a_comment_is_feedback() {
        check_all(
            &["5", "3 thanks", "spot on", "not great to be honest", "👍", "4 or 5"],
            Class::Feedback,
        );
    }

    #[test]
    fn noise_is_unclear() {
        check_all(&["", "?", "xkqz", "9", "🦊"], Class::Unclear);
    }

    #[test]
    fn a_whole_message_stop_word_is_an_opt_out() {
        let stops = "STOP,stop.,StopAll,STOP ALL,Unsubscribe,cancel,END,quit!,revoke,OPTOUT,opt out,Opt-Out,\
            remove,ARRET,td,Stopiwch,STOPIO,stpo,stopp,S.T.O.P,ＳＴＯＰ,stop please,STOP 🛑";
        for input in stops.split(',') {
            check(input, Class::OptOut);
            check_stop(input, true);
        }
    }

    #[test]
    fn a_plain_request_to_be_left_alone_is_an_opt_out() {
        for input in [
            "stop texting me",
            "dont text me",
            "Don't contact me again",
            "take me off your list",
            "please remove my number",
            "unsubscribe me",
            "no more texts thanks",
            "5 STOP",
            "nobody came. stop",
            "STOP wrong number",
            "STOP the lady was lovely though",
            "NOT BAD STOP",
        ] {
            check_stop(input, true);
        }
    }

    #[test]
    fn something_else_to_be_stopped_is_no_opt_out() {
        for input in [
            "Please stop the speeding on our road",
            "stop the lorries",
            "MAKE THEM STOP",
            "by the bus stop",
            "he didn't stop",
            "the stop sign is bent",
            "can you stop these lorries",
            "stop and search is needed",
            "I dont want to get anyone in trouble",
            "dont ring back he will hear",
            "four out of five full stop thank you",
            "wait dont stop texting me",
            "dad is hurting mum she said not to text",
            "pressed stop by mistake, put me back on",
        ] {
            check_stop(input, false);
        }
    }

    #[test]
    fn start_is_an_opt_in() {
        check_all(
            &["START", "unstop", "Start again please", "put me back on the list"],
            Class::OptIn,
        );
    }

    #[test]
    fn the_score_drives_the_sentiment_unless_the_words_plainly_disagree() {
        check_sentiment("1", Sentiment::Negative);
        check_sentiment("3", Sentiment::Neutral);
        check_sentiment("5 STOP", Sentiment::Positive);
        check_sentiment("4 but nobody came", Sentiment::Mixed);
        check_sentiment("Thank you for coming but the tree is still there", Sentiment::Mixed);
    }

    #[test]
    fn a_score_and_words_that_disagree_are_flagged() {
        assert!(read("5 but nobody came and I was left waiting for hours").disagrees);
        for input in ["5", "5 thanks, brilliant", "1 rubbish", "3", "thanks"] {
            assert!(!read(input).disagrees, "{input:?}");
        }
    }

    #[test]
    fn valence_follows_the_score_and_the_words() {
        assert!(read("5 brilliant, thank you").valence > read("5").valence.min(read("3").valence));
        assert!(read("1 useless, nobody came").valence.get() < -500);
        assert!(read("thank you, brilliant service").valence.get() > 300);
        assert!(read("there is a cow in the road").valence.get().abs() < 500);
        let valence = Valence::new(-450).unwrap();
        assert_eq!((valence.to_string().as_str(), Valence::new(1001)), ("-0.45", None));
    }

    #[test]
    fn every_class_has_one_name() {
        for (class, name) in CLASSES {
            assert_eq!((class.as_str(), Class::parse(name)), (name, Some(class)));
        }
        assert_eq!(Class::parse("Emergency"), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,200}") {
            read(&text);
        }

        #[test]
        fn a_class_that_someone_acts_on_has_words_that_caused_it(
            words in prop::collection::vec("[a-z]{1,8}|stop|he|knife|still|there|who|\\?|5|[^ ]", 1..12)
        ) {
            let reading = read(&words.join(" "));
            if !matches!(reading.class, Class::Feedback | Class::Unclear) {
                let why = reading.why.first().map(String::as_str).unwrap_or_default();
                let name = reading.class.as_str();
                prop_assert!(why.starts_with(&format!("{name}: \"")) && !why.ends_with("\"\""), "{why:?}");
            }
            prop_assert!(reading.class != Class::OptOut || reading.opt_out);
        }

        #[test]
        fn stop_is_taken_from_whatever_follows(rest in "[a-z ]{0,60}") {
            let reading = read(&format!("STOP. {rest}"));
            prop_assert!(reading.opt_out || reading.class == Class::OptIn);
        }

        #[test]
        fn reading_words_in_any_order_never_panics(
            words in prop::collection::vec("(stop|5|/|10|-|he|has|knife|\\?|\\.|½|5️⃣|\n|’s|still|there)", 0..30)
        ) {
            read(&words.join(" "));
            read(&words.concat());
        }
    }
}
