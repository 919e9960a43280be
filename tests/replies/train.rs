//! `make train`: learns the weights anew, and says how well each hand is read by what the others taught.
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::path::Path;

use replies::cross::Cross;
use replies::data::{File, tuned};
use replies::learn::{Lesson, PLAN, learn, mark};
use replies::measure::Tally;

/// Where the reader takes its weights from.
const WEIGHTS: &str = "../../shared/domain/src/reply/weights.bin";

fn main() -> anyhow::Result<()> {
    let files = tuned()?;
    let put = |file: &File| file.replies.iter().map(Lesson::of).collect();
    let lessons: Vec<Vec<Lesson>> = files.iter().map(put).collect();
    let cross = Cross::of(&files, &lessons, PLAN);
    let mut all = Tally::default();
    for (at, file) in files.iter().enumerate() {
        let mut tally = Tally::default();
        for (reply, reading) in cross.readings(at, &file.replies) {
            tally.add(reply, &reading);
        }
        print(&file.name, &tally);
        all.add_all(&tally);
    }
    print("all", &all);
    let every: Vec<&Lesson> = lessons.iter().flatten().collect();
    let mark = mark(every.iter().copied());
    let bytes = learn(&every, PLAN, mark, cross.thresholds);
    std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(WEIGHTS), bytes)?;
    println!("{:?}, {} replies, mark {mark:016x}", cross.thresholds, every.len());
    Ok(())
}

fn print(name: &str, tally: &Tally) {
    let (danger, stops) = (tally.emergencies(), tally.stops());
    println!(
        "{name:12} {:5} class {:.3} sentiment {:.3} danger {:.3}/{:.3} stop {:.3}/{:.3} score {:.3}",
        tally.replies(),
        tally.class_f1(),
        tally.sentiment_f1(),
        danger.recall,
        danger.precision,
        stops.recall,
        stops.precision,
        tally.scores_right(),
    );
}
