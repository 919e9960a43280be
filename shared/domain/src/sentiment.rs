//! Judges the sender's attitude to the police response.
//!
//! Counts words and phrases of attitude only. What happened (`crash`, `injured`, `dead`,
//! `help`) carries none, since everyone who answers has rung about something bad. A score given
//! outweighs the words unless they plainly disagree. It measures no emotion in general, and a
//! reply that only reports or asks is neutral.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use crate::phrase::Book;
use crate::score::{self, Score};
use crate::words::{self, Word};

/// Attitude to the police response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sentiment {
    /// Pleased.
    Positive,
    /// Displeased.
    Negative,
    /// No attitude shown.
    Neutral,
    /// Pleased with some and displeased with some.
    Mixed,
}

impl Sentiment {
    /// The name stored and reported.
    pub const fn as_str(self) -> &'static str {
        match self {
            Sentiment::Positive => "positive",
            Sentiment::Negative => "negative",
            Sentiment::Neutral => "neutral",
            Sentiment::Mixed => "mixed",
        }
    }

    /// The sentiment of that name, where there is one.
    pub fn parse(name: &str) -> Option<Self> {
        let all = [Self::Positive, Self::Negative, Self::Neutral, Self::Mixed];
        all.into_iter().find(|sentiment| sentiment.as_str() == name)
    }
}

/// How pleased or displeased: -1 to 1, in whole thousandths so that equals are equal.
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Valence(i16);

impl Valence {
    /// Takes -1000 to 1000 thousandths and nothing else.
    pub const fn new(thousandths: i16) -> Option<Valence> {
        if matches!(thousandths, -1000..=1000) { Some(Valence(thousandths)) } else { None }
    }

    /// The valence in thousandths.
    pub const fn get(self) -> i16 {
        self.0
    }

    /// The nearest valence to a real number.
    pub(crate) fn near(value: f32) -> Valence {
        #[expect(clippy::cast_possible_truncation, reason = "it saturates, and is in range")]
        let thousandths = (value.clamp(-1.0, 1.0) * 1000.0).round() as i16;
        Valence(thousandths)
    }
}

impl fmt::Display for Valence {
    /// With two decimals: `-0.45`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}", f32::from(self.0) / 1000.0)
    }
}

/// Whether the words of a reply are plainly not as its score is.
pub(crate) fn disagrees(score: Score, sentiment: Sentiment) -> bool {
    match score.get() {
        4.. => matches!(sentiment, Sentiment::Negative | Sentiment::Mixed),
        ..=2 => matches!(sentiment, Sentiment::Positive | Sentiment::Mixed),
        3 => false,
    }
}

/// Judges one reply, given its score if it has one, and quotes the words that drove the answer.
pub fn of(text: &str, score: Option<Score>) -> (Sentiment, Vec<String>) {
    let words = words::of(text);
    let attitude = Attitude::of(text, &words);
    let sentiment = match score {
        Some(score) => attitude.beside(score),
        None => attitude.alone_or(&score::find_in(text, &words).heard),
    };
    (sentiment, attitude.words)
}

/// Whether a word alone shows attitude, so that a number beside it is likely a score.
pub(crate) fn is_attitude(word: &str) -> bool {
    LEXICON.contains_key(word)
}

/// The attitude shown by the words of one reply, weighed but not yet judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attitude {
    /// Praise, in words or phrases.
    pub(crate) praise: u32,
    /// Thanks and other good manners, which praise nothing.
    pub(crate) courtesy: u32,
    /// Blame in single words, which may be about somebody else.
    pub(crate) blame: u32,
    /// Blame in phrases about the service itself.
    pub(crate) grievance: u32,
    /// The sender's words behind all these, in order.
    pub(crate) words: Vec<String>,
}

impl Attitude {
    pub(crate) fn of(text: &str, words: &[Word]) -> Attitude {
        let mut attitude = Attitude::default();
        let mut taken = vec![false; words.len()];
        let mut hits = BOOK.find(words);
        // The longest phrase at a place speaks for its words; `thanks for nothing` is no thanks.
        hits.sort_by_key(|hit| (hit.from, std::cmp::Reverse(hit.to)));
        hits.sort_by_key(|hit| PHRASES.get(hit.rule).map_or(Tone::Nothing, |(tone, _)| *tone));
        let mut said: Vec<(usize, usize)> = Vec::new();
        let mut sarcastic = false;
        for hit in hits {
            let Some((tone, _)) = PHRASES.get(hit.rule) else { continue };
            let Some(places) = taken.get_mut(hit.from..hit.to) else { continue };
            if *tone == Tone::Sarcasm {
                sarcastic = true;
                said.push((hit.from, hit.to));
                continue;
            }
            if places.contains(&true) {
                continue;
            }
            places.fill(true);
            let turned = *tone == Tone::Praise && negation(words, hit.from, &[]).1;
            match tone {
                Tone::Praise if turned => attitude.grievance += 2,
                Tone::Superlative | Tone::Praise => attitude.praise += 2,
                Tone::Grievance => attitude.grievance += 2,
                Tone::Sarcasm | Tone::Nothing => continue,
            }
            said.push((hit.from, hit.to));
        }
        for (at, word) in words.iter().enumerate() {
            if taken.get(at) == Some(&true) {
                continue;
            }
            let Some(weight) = LEXICON.get(word.text.as_str()) else { continue };
            let (from, negated) = negation(words, at, &taken);
            match (weight, negated) {
                (Weight::Good, false) | (Weight::Bad, true) => attitude.praise += 2,
                (Weight::Good, true) | (Weight::Bad, false) => attitude.blame += 2,
                (Weight::Manners, _) => attitude.courtesy += 1,
            }
            said.push((from, at + 1));
        }
        if sarcastic {
            attitude.grievance += 2 + attitude.praise;
            attitude.praise = 0;
            attitude.courtesy = 0;
        }
        said.sort_unstable();
        let quoted = said.into_iter().filter_map(|(from, to)| words.get(from..to));
        attitude.words = quoted.map(|said| words::quote(text, said).to_owned()).collect();
        attitude.words.dedup();
        attitude
    }

    /// The judgement where the sender gave no score, only perhaps numbers on the way to one.
    pub(crate) fn alone_or(&self, heard: &[Score]) -> Sentiment {
        let own = self.alone();
        if own != Sentiment::Neutral {
            return own;
        }
        match (heard.iter().min().map(|low| low.get()), heard.iter().max().map(|high| high.get())) {
            (Some(4..), _) => Sentiment::Positive,
            (_, Some(..=2)) => Sentiment::Negative,
            (Some(..=2), Some(4..)) => Sentiment::Mixed,
            _ => Sentiment::Neutral,
        }
    }

    /// The judgement by the words alone.
    pub(crate) fn alone(&self) -> Sentiment {
        let good = self.praise + self.courtesy;
        let bad = self.blame + self.grievance;
        match (good, bad) {
            (0, 0) => Sentiment::Neutral,
            (_, 0) => Sentiment::Positive,
            (0, _) => Sentiment::Negative,
            // Thanks at the end of a complaint are manners.
            _ if self.praise == 0 => Sentiment::Negative,
            _ => Sentiment::Mixed,
        }
    }

    /// The judgement where the sender gave a score.
    pub(crate) fn beside(&self, score: Score) -> Sentiment {
        let bad = self.blame + self.grievance;
        match score.get() {
            4.. if self.grievance >= 2 || bad >= 4 => Sentiment::Mixed,
            4.. => Sentiment::Positive,
            3 if self.praise > 0 && bad > 0 => Sentiment::Mixed,
            3 if self.praise >= 4 => Sentiment::Positive,
            3 if bad >= 4 => Sentiment::Negative,
            3 => Sentiment::Neutral,
            _ if self.praise >= 4 && bad == 0 => Sentiment::Mixed,
            _ => Sentiment::Negative,
        }
    }
}

/// Whether the word at `at` is negated by one of the three before it, and from where.
fn negation(words: &[Word], at: usize, taken: &[bool]) -> (usize, bool) {
    const NOT: &[&str] =
        &["not", "never", "no", "nothing", "hardly", "without", "neither", "nor", "less"];
    const TURN: &[&str] = &["but", "and", "because", "so", "just", "only"];
    let Some(here) = words.get(at) else { return (at, false) };
    for back in 1..=3 {
        let Some(n) = at.checked_sub(back) else { break };
        let Some(word) = words.get(n) else { break };
        if word.sentence != here.sentence
            || TURN.contains(&word.text.as_str())
            || taken.get(n) == Some(&true)
        {
            break;
        }
        if NOT.contains(&word.text.as_str()) {
            return (n, true);
        }
    }
    (at, false)
}

/// What a phrase shows, in the order in which phrases claim their words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tone {
    /// No attitude, although a word in it has one.
    Nothing,
    /// Praise said and the reverse meant: turns all other praise over.
    Sarcasm,
    /// Praise by denial, which looks like blame: `could not have been kinder`.
    Superlative,
    /// Blame of the service.
    Grievance,
    /// Praise of the service.
    Praise,
}

/// What a word alone shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Good,
    Bad,
    Manners,
}

static BOOK: LazyLock<Book> =
    LazyLock::new(|| Book::new(PHRASES.iter().map(|(_, phrases)| *phrases), &[]));

static LEXICON: LazyLock<HashMap<&'static str, Weight>> = LazyLock::new(|| {
    let weigh =
        |list: &'static str, weight| list.split_whitespace().map(move |word| (word, weight));
    weigh(GOOD, Weight::Good)
        .chain(weigh(BAD, Weight::Bad))
        .chain(weigh(MANNERS, Weight::Manners))
        .collect()
});

const MANNERS: &str = "thanks thank ta cheers grateful appreciate appreciated diolch dziekuje dzieki shukriya \
    shukria merci gracias danke grazie obrigado multumesc tesekkurler dhanyavad dhanyavaad спасибо дякую شكرا شکریہ 🙏 ❤ ♥ 💙 😘 😊 🙂";

const GOOD: &str = "good great brilliant brill excellent fantastic amazing awesome wonderful lovely perfect superb \
    outstanding exceptional fab fabulous ace smashing marvellous stellar faultless flawless impressive impressed \
    helpful kind kindly kindness polite professional courteous friendly caring reassuring reassured reassurance calm \
    patient efficient efficiently quick quickly prompt promptly swift swiftly speedy rapid fast thorough \
    understanding supportive compassionate attentive respectful considerate informative knowledgeable considerately \
    pleased happy glad delighted chuffed satisfied content sorted class quality legend legends star stars \
    hero heroes heroic gem gems angel angels diamond treat praise commend commended credit recommend \
    best better nice nicest fine sound decent cracking belting champion top mint sick lush grand tidy proper \
    boss banging canny bostin mustard blinding terrific tremendous splendid exemplary phenomenal magic \
    comforting safe safer safely welcome easy easily smooth seamless painless worth blessing relieved relief \
    admirable kindest fairly fair love loved loving sweet gentle brave sterling competent reliable \
    pleasant pleasantly 10outof10 ardderchog gwych da bendigedig swietnie super dobrze wspaniale acha bahut \
    shabash mashallah bravo kudos goated goat peng lit slay banger congrats saviour lifesaver godsend wicked respect spotless sensible sympathetic civil cheerful tip-top \
    👍 👌 👏 😀 😃 😄 😁 🥰 😍 🤩 💯 🎉 🙌 💪 🏆 🥇 💐 🌹 ✅ 🫶 ☺ 😎 🤗";

const BAD: &str = "rubbish useless pathetic shambles shambolic disgrace disgraceful disgusting disgusted appalling \
    appalled terrible awful dreadful horrendous horrible atrocious abysmal poor poorly pants naff crap crappy shit \
    shite bollocks joke laughable farce farcical pointless hopeless worthless incompetent lazy rude arrogant dismissive \
    patronising condescending sarcastic unhelpful unprofessional uncaring uninterested disinterested ignorant ignored \
    abrupt impatient aggressive bad worse worst slow slowly late lacking let-down disappointed disappointing \
    disappointment dissatisfied unsatisfied unhappy unacceptable unimpressed frustrated frustrating annoyed annoying \
    fuming livid angry furious gutted upset insulted insulting belittled humiliated ashamed shameful fobbed fobbing \
    palmed ditched abandoned failed failure failing clueless careless negligent negligence incompetence inadequate unfair biased \
    racist sexist bullied bully clowns muppets jobsworth jobsworths numpties idiots idiot wankers pigs bastards twats tossers \
    dire gash minging mank dogshit bobbins wank bullshit bs cba ridiculous underwhelming underwhelmed insensitive \
    gwael ofnadwy fatalnie beznadziejne zle bekar bakwas fuck fucking 👎 😡 😠 🤬 😤 🙄 😒 😞 😔 💩 🤡 🤦 🖕 😑 😩 🤮";

/// Phrases whose attitude is not the sum of their words.
const PHRASES: &[(Tone, &str)] = &[
    (
        Tone::Nothing,
        "
        the top, which ~ best, best yes, late husband|wife|father|mother|dad|mum, gutted about|for, thought ~ you|they would laugh, did not think it right, would laugh ~ at, you did not >, really bad ~ crash|accident,
        good morning|afternoon|evening|day|night|luck|friday, best wishes|regards,
        kind regards|wishes, happy to ~ help|give|talk|speak|provide|make|be|show|send,
        glad ~ no one, glad ~ not, if ~ better, better ~ than, had better, as best, got worse,
        nothing better|worse, worse than|for,
        bad ~ crash|accident|bend|road|corner|junction|weather|back|knee|leg|hip|area|spot|smell|driver|driving,
        horrible|awful|terrible|nasty|dreadful ~ crash|accident|road|bend|junction|noise|night|smell|weather|shock|thing|incident|time,
        crash|accident|weather|it|road|traffic|incident|thing was|is ~ awful|horrible|terrible|horrific|bad|scary|dreadful|nasty,
        fast lane, driv* ~ fast, going|go|goes|drove|flying ~ fast, too fast,
        safe ~ to talk|text|speak|call|ring|now, not safe,
        rude ~ bits|words|word|picture|pictures|drawing|graffiti|sign,
        proper ~ sign|light|lights|fence|crossing|look|job, fine like, love to, would love,
        fair ~ distance|bit|way|enough|few|size|amount, easy to miss, funfair, better things,
        nice ~ waving, late ~ last|at|on|night|one|afternoon|evening,
        top of|deck|end|floor|road|gate|field, safe place, give me ~ hope, too late to,
        sorry to be rude, worth ~ reporting|saying|mentioning|a|knowing|checking, sound of,
        poor ~ thing|dog|animal|cat|man|lady|woman|girl|soul|old|deer|creature|horse|lad|visibility|sheep,
        do not know how|what|why, dog poo|shit|mess, good idea, sick ~ of, no thanks,
        thank god|goodness|heavens, well done steak, how did you do,
        best ~ number|time|way|person|place|contact, please be kind, fast food|road,
        good ~ few|bit|deal|way|while|look|view|hour",
    ),
    (
        Tone::Sarcasm,
        "
        yeah right, aye right, yeah ok then, my arse, < not $, as if, slow clap, gold star|medal,
        ^ oh great|brilliant|good|lovely|fantastic|wonderful|joy|marvellous,
        great|good|brilliant|lovely|top|fantastic|cracking|sterling ~ as usual|ever|always|per,
        as per usual, great|good|brilliant|fab* ~ not >,
        brilliant|great|fantastic|amazing|excellent|impressive|wow|lovely ~ only took|waited|#num hours|days|weeks,
        only took ~ hours|days|weeks|months|year|ages,
        only #num hours|days|weeks ~ late|wait|later, what a surprise, surprise surprise,
        wow [just] ~ #num hours|days|weeks,
        well done ~ losing|leaving|ignoring|doing nothing|not|missing, round of applause,
        take a bow, pat on the back ~ doing nothing, keep up the bad, world class shambles,
        finest ~ not, thanks|thank ~ wasting my|hanging up|ignoring|leaving me|not|making me wait,
        big thanks ~ no one|nothing, so helpful i, really helpful not, lol ~ you did nothing,
        how ~ kind of you to ~ eventually, good|great job ~ next ~ time,
        congratulations ~ doing nothing|on, you lot make me laugh, don't make me laugh,
        👏 ~ useless, 🙄 🙄",
    ),
    (
        Tone::Superlative,
        "
        can|could not ~ fault,
        could|can not ~ been ~ better|nicer|kinder|more|quicker|faster|happier|easier|sweeter|lovelier|smoother,
        can|could|cannot not ~ thank ~ enough,
        can not praise|recommend|rate|speak ~ enough|highly|higher,
        could|can not ~ ask|wish|hope ~ more|better|for|nicer, could not ~ done ~ more,
        could not ~ better|happier|nicer|kinder|more|quicker, not ~ bad,
        no ~ complaint*|complaints|issues|faults|problems|problem|bother|trouble|qualms|criticism|grumbles|moans|worries|fuss|nonsense,
        not ~ single complaint,
        nothing ~ too much|improve|complain|fault|better|wrong|trouble|change|bad|but praise|but good,
        can not complain|grumble, make no criticism",
    ),
    (
        Tone::Grievance,
        "
        thanks|thank|cheers|ta [you] for nothing|nowt, thanks a bunch, fat lot of good,
        no|not ~ use nor ornament, chocolate teapot|fireguard,
        no one|police|officer ~ never|not ~ came|come|turned|turn|show*|arrived|attend*,
        no one ~ came|come|turned|turn|showed|show|arrived|attended|bothered|bother|cares|cared|listened|listen|helped|answered|answer|replied|rang|rung|ring|called|call|phoned|interested|wanted|followed|told|tells|knew|knows|explained|updated|contacted|did|got|came,
        not one ~ officer|person|call|of,
        never ~ came|come|turned|showed|arrived|attended|bothered|rang|rung|called|phoned|heard|hear|got|answered|replied|listened|asked|told|returned|followed|saw|seen|contacted|been|did|updated|sent|spoke|explained,
        did not ~ come|turn|show|arrive|attend|bother|care|listen|ring|call|phone|help|hear|answer|reply|even|want|seem|do|take|bother|explain|know|understand|tell|apologise|feel,
        does not ~ care|bother|work|help|bother|listen,
        has|have|had not ~ heard|been ~ back|told|contacted|updated|called|informed|near,
        not ~ heard ~ back|anything|nothing|since|a,
        have|has not ~ even ~ been|come|called|rung|seen|bothered,
        do not ~ care|bother|listen|give ~ damn|monkeys|shit|toss|seem|even, do not ~ care,
        could not ~ be|care ~ bothered|less|arsed, can not be bothered|arsed,
        could not get through, could not ~ been less|more unhelpful|rude|useless,
        took ~ #num|many hours|hour|days|day|weeks|week|months|attempts|calls|goes,
        took ~ hours|days|weeks|months|ages|forever|long|yonks,
        too|so|very|really|bit|far long|slow|late, long wait|time|delay*,
        #num ~ hours|days|weeks|months ~ later|late|wait|hold|queue|until|till|before|turn|come|waiting|queue*|answer|arrive|reach,
        wait* ~ #num ~ hours|hour|days|weeks|minutes|months,
        wait* ~ hours|ages|forever|days|weeks|long, on hold, hours ~ on hold|waiting|queue,
        #num minutes ~ hold|queue|wait*|101|phone|answer*|cut|get, still waiting,
        still not|no ~ heard|had|been|come|came|reply|word|update|call|contact|sign|one, fob* off,
        fobbed me|us off, passed ~ pillar|around|round|about,
        waste* ~ time|space|money|breathe|call|effort|taxes|tax, not ~ good enough,
        not ~ happy|impressed|helpful|acceptable|satisfied|great|interested|bothered|listen*|fit|ideal|pleased|amused|surprised|brilliant|professional|polite|friendly|told|updated|informed|believed|quick|good|kind|worth|resolved|sorted,
        not taken ~ seriously, not ~ much help|use|good|cop,
        no [real] help|use|good|response|reply|update|feedback|apology|follow|empathy|sympathy|compassion|interest|callback|contact|explanation|urgency|manners|respect|action|communication|information|sense|point,
        no call back,
        could be|do|have [been|done] [a] [lot|bit] better|quicker|faster|more|nicer|kinder|clearer|sooner,
        should ~ be|do|been|have ~ better|quicker|faster|sooner|ashamed, must do better,
        could of been ~ quicker|better|faster|nicer, is|are silly|ridiculous, answer ~ faster|quicker, hurry up, room for improvement, needs ~ improve*|work, wish ~ had|you|they,
        a|complete|total|absolute|utter|bloody joke|shambles|farce|disgrace|waste|let|mess|circus,
        let ~ down, do your job*, sort it|yourselves|this out, finger|fingers out,
        what ~ pay ~ tax*|for, pay ~ tax*|wages,
        nothing ~ done|happened|happens|changed|changes|came, no action,
        do|did|done|doing|does ~ nothing|sod|naff|bugger|jack|fuck|eff|sweet, did nothing,
        doing nothing, where were you|the, waste|wasted|wasting my|our time|morning|day|evening,
        made me feel ~ stupid|small|bad|worse|like|silly|nuisance|guilty|idiot,
        felt like ~ nuisance|criminal|idiot|burden|hassle,
        felt ~ ignored|rushed|dismissed|stupid|small|judged|fobbed|belittled|patronised,
        like ~ idiot|criminal|nuisance|liar|dirt|rubbish|problem|number, hung|hang|hanging up,
        cut ~ off, put the phone down, not holding my breathe, in the dark, easier to,
        next time ~ not|will ~ bother|ring|call|report,
        will|would not ~ bother|ring|call|phone|report ~ again|next|you|in,
        not ~ bother* ~ again|next|reporting|ringing|calling,
        better off ~ doing|calling|without|sorting|ringing, might as well, fend for,
        left ~ waiting|stranded|alone|standing|hanging|to, hours later, days later, weeks later,
        another #num hours, eventually, about time, finally, at last, no thanks to you,
        my ~ complaint, nowhere to be seen, never ~ there|around|anywhere|see,
        only ~ interested ~ speeding|money|fines|motorists,
        had to ~ myself|ourselves|chase|ring|call ~ back|twice|times|again|three,
        had to chase|repeat, chase* ~ up|you|for,
        i|we moved|sorted|shifted|cleared it myself|ourselves, was|were not >, did not >,
        asleep at, not on, out of order, how dare, too busy,
        spoke to ~ like ~ dirt|child|idiot|shit|rubbish, talked down, rolled ~ eyes, laughed at,
        accused me, called me a|an, shouted at|me, swore at, swearing at,
        not ~ slightest|blind bit, blind bit, gone downhill, go|going to pot|dogs,
        used to be ~ good|better|great, i give up, given up,
        lost ~ faith|confidence|trust|respect, no faith|confidence|trust, bog off, piss off,
        pissed off, piss ~ poor, shove it, stick it, get stuffed, do one, sod off, fuck|eff off,
        fuck|screw you, jog on, on your bike, hate ~ police|you|pigs|feds, acab, fuck ~ police,
        bunch of, if only, not ~ slow clap, expected ~ more|better, is this ~ joke,
        you ~ joking|kidding|laugh, having a laugh, must be joking, do you ~ even, do not make me,
        has anyone ~ even|been|looked|bothered, anyone even ~ been|looked|gone|come|there,
        exactly ~ where|same|as, has|have not moved ~ inch, not moved an inch, which road did you,
        did you ~ even, you said ~ clear*|gone|moved|sorted|fixed|done|it,
        you told me ~ clear*|gone|moved|sorted|fixed, no it is not, no it has not, no it was not,
        not true, is a lie, lies, liar|liars,
        been ~ #num|a|over|nearly days|weeks|months|fortnight|week|month,
        #num|third|second|fifth times|time ~ reported|rung|called|told|now, how many times|more,
        how much longer, how long ~ does|do|have|before|until, yet again, cleared ? which,
        nikt nie przyjechal, neb wedi dod, koi nahi aya",
    ),
    (
        Tone::Praise,
        "
        give|gave|given ~ six|6|10|more|higher if i could, ^ yes|yeah|yep|definitely|absolutely|course i would, second thought, without ~ hesitation|doubt, you came ~ straight|out|quick*, came straight,
        worth ~ wait, above and beyond,
        over and above, beyond the call, all that could be asked, keep up ~ work, keep it up,
        full|top marks, made ~ day|night|difference|easy|smile|safe, at ease, mind ~ rest|ease,
        peace of mind, hats off, hat off, fair play, on the ball, spot|bang on,
        well done|played|handled|impressed|pleased|chuffed|happy|looked|organised|mannered|spoken,
        well ~ done, thumbs up, all|is|was|now|it|road|tree|gone gone ~ by,
        all gone|clear|good|sorted|done|fixed|well, in no time, no time at all,
        within ~ minutes|hour|half, in ~ minutes|under ~ flat,
        dead|well|super|really|very|so|proper quick|fast|good|helpful|nice|sound|kind|polite|lovely|sorted,
        over the moon, credit to, a credit, sav* ~ life|bacon|day, straight|right away,
        good as gold,
        top lad|lads|lass|man|bloke|blokes|job|people|notch|draw|quality|service|girl|geezer|drawer|effort|marks|work|fella,
        cracking job, nice one,
        good|great|excellent|brilliant|fab|fantastic job|work|service|response|outcome|result|effort|lads|lot|one,
        kept ~ informed|updated|posted|calm|safe|company|touch|loop,
        keeping ~ informed|updated|posted|safe|us|me, rang|called|phoned|got me back,
        rang ~ back ~ like|when|as|within,
        came ~ straight|quick*|fast|same|within|out ~ fast|quickly, came out ~ to|and|quick,
        came and ~ moved|sorted|cleared|fixed|helped|took|dealt, looked after,
        took ~ seriously|care|time|trouble, took the time, listened to, really listened,
        listen* and, did ~ proud|brilliant|well|great|us|best|job|right|good,
        did ~ what you|they|he|she said|needed, did the job, does the job,
        doing|do|did ~ great|good|fantastic|amazing|brilliant|grand|wonderful ~ job|work,
        happy with|to give|now|bunny|days|customer,
        very|really|so|most|extremely grateful|thankful|appreciative, thank* ~ so|very much,
        many thanks, much appreciated|obliged, massive|huge|big|lots|tons thanks|thank|of thanks,
        thanks ~ million|lots|loads|bunches|everything|help|coming|quick|all|again|fast|sorting|moving|clearing|getting|being|staying,
        thank you|u for, god bless, bless you|them|him|her|the, lifesaver*, restored ~ faith,
        faith ~ restored, proud of, lucky to have, wish ~ record ~ credit,
        give ~ rise|medal|pay|promotion|pat|raise,
        deserve* ~ medal|rise|praise|thanks|raise|recognition|pat|pint|award, pat on the back,
        no one could have ~ better|done,
        felt ~ safe|safer|listened|reassured|supported|looked|heard|better|respected|cared|believed|valued|at,
        made me feel ~ safe|better|calm|at|heard|listened|ok|important|welcome|valued|comfortable,
        as good as, cheered me, quick as, like lightning, job done, job jobbed, wunderbar, bob on,
        bees knees, dogs bollocks, mutts nuts, knees up, legends, gone ~ extra mile,
        went ~ extra|out|above ~ mile|way|beyond, extra mile, much better|quicker|safer,
        better than ~ expected|thought|last|before, more than ~ happy|expected|pleased|helpful,
        expected worse, actually ~ came|helped|listened|quite|did,
        quicker|faster|sooner|better|nicer than, no delay|wait|waiting|hassle|rush,
        not ~ long ~ wait*, did not ~ wait|take|have ~ long|wait,
        did not ~ hurry|rush|judge ~ me|us, told me exactly|what,
        explained everything|it|what|things, had ~ laugh, worked a treat, trusted, restored my,
        would ~ call|ring|report ~ again, do it again,
        ^ y|yes|yep|yeah|yup|aye|definitely|ie|oes|tak $, swietna robota, diolch yn fawr|iawn,
        da iawn, bohat|bahut|bht shukriya, very good|happy|pleased|well|kind|nice|quick, bueno,
        tres bien, restores",
    ),
    (
        Tone::Grievance,
        "
        ^ and|no|nope|nah|na|nie $",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: Sentiment) {
        let score = score::find(input).score;
        let (sentiment, words) = of(input, score);
        assert_eq!(sentiment, expected, "{input:?} {words:?}");
    }

    #[test]
    fn a_score_decides_unless_the_words_plainly_disagree() {
        check("5", Sentiment::Positive);
        check("3", Sentiment::Neutral);
        check("2", Sentiment::Negative);
        check("4 but nobody ever rang me back", Sentiment::Mixed);
        check("5 the accident was horrible", Sentiment::Positive);
    }

    #[test]
    fn what_happened_is_no_attitude() {
        check("I reported an accident", Sentiment::Neutral);
        check("someone was injured and the car was stolen", Sentiment::Neutral);
        check("Glad nobody was injured in the accident, thanks", Sentiment::Positive);
        check("Thanks for clearing the crash so fast, scary accident", Sentiment::Positive);
    }

    #[test]
    fn british_praise_and_blame_are_understood() {
        for input in [
            "ta, spot on",
            "not bad at all",
            "can't fault it",
            "couldn't have been more helpful",
            "chuffed to bits",
        ] {
            check(input, Sentiment::Positive);
        }
        for input in [
            "absolute pants",
            "no one turned up",
            "took 2 hours for anyone to come",
            "fobbed me off",
            "not impressed",
        ] {
            check(input, Sentiment::Negative);
        }
        check("lovely on the phone but nobody came", Sentiment::Mixed);
    }

    #[test]
    fn sarcasm_turns_praise_over() {
        for input in [
            "thanks for nothing",
            "yeah right, great job as usual",
            "great service. NOT",
            "Oh lovely, only took three days",
        ] {
            check(input, Sentiment::Negative);
        }
    }

    #[test]
    fn pictures_count() {
        check("👍", Sentiment::Positive);
        check("😡", Sentiment::Negative);
    }
}
