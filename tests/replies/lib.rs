//! Labelled replies: what the reader learns from, how it learns, and how well it then reads.

pub mod cross;
pub mod data;
pub mod learn;
pub mod measure;

#[cfg(test)]
mod tests {
    use domain::reply::model::Weights;

    use crate::learn::{Lesson, mark};

    #[test]
    fn the_weights_belong_to_the_replies_and_to_how_they_are_read() {
        let files = crate::data::tuned().unwrap();
        let lessons: Vec<Lesson> =
            files.iter().flat_map(|file| &file.replies).map(Lesson::of).collect();
        assert_eq!(Weights::own().mark(), mark(lessons.iter()), "run `make train`");
    }

    #[test]
    fn every_reply_has_a_name_of_its_own() {
        let files = crate::data::tuned().unwrap();
        let mut names: Vec<&str> = Vec::new();
        names.extend(files.iter().flat_map(|file| &file.replies).map(|reply| reply.id.as_str()));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
