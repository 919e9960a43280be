//! Serves the page behind an alarm's link: somebody takes the alarm by their name, and then reads the reply.
//!
//! Trigger: the HTTP API. Reads: a task; a reply with its sender, for whoever took its alarm. Writes: who
//! took an alarm, there and in the audit. Delivered again: never by us; whoever sees 503 follows the link again.
//!
//! A function of its own, apart from `webhook`: the suppliers' door is the one that strangers knock at
//! most, and nothing behind it may read what people wrote.
//!
//! Looking at the page takes nothing and shows no word of the reply, so that a mail program that follows
//! every link neither quiets an alarm nor reads it. Taking is one conditional write: the first name
//! stays, and whoever comes later is shown it. That it was taken is then written into the audit.

use domain::alarm::Page;
use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::desk::TaskStep;
use domain::ports::{Acted, AlarmLinks, AuditTrail, Desks, Replies, Visit};
use jiff::Timestamp;

/// Answers one visit.
pub async fn handle(
    table: &(impl Desks + Replies + AuditTrail),
    links: &impl AlarmLinks,
    visit: &Visit,
    now: Timestamp,
) -> Page {
    // Before the table is asked anything: an address that anybody can make up costs nobody a read.
    if !links.opens(visit, now) {
        return Page::Ended;
    }
    answer(table, visit, now).await.unwrap_or_else(|error| {
        tracing::error!(error = format!("{error:#}"), "an alarm could not be answered");
        Page::Failed
    })
}

async fn answer(
    table: &(impl Desks + Replies + AuditTrail),
    visit: &Visit,
    now: Timestamp,
) -> anyhow::Result<Page> {
    let by = visit.by.as_deref().map(name);
    let task = match &by {
        Some(Some(by)) => {
            match table.act(&visit.task, &TaskStep::Take { by: by.clone() }, now).await? {
                Acted::Moved(task) => {
                    write_down(table, visit, by, now).await;
                    Some(task)
                }
                Acted::Stayed(task) => Some(task),
                Acted::Missing => None,
            }
        }
        Some(None) | None => table.task(&visit.task).await?,
    };
    let Some(task) = task else { return Ok(Page::Ended) };
    let log = task.log;
    let Some(taken) = task.taken else {
        let rings = task.rung.map_or(0, |(_, rings)| rings);
        let nameless = by == Some(None);
        return Ok(Page::Ask { log, received_at: task.received_at, rings, nameless });
    };
    // Whoever took it may look again: an answer that was lost on its way must not hide the reply.
    if by.flatten().as_ref() == Some(&taken.by) {
        let reply = table.reply(&visit.task).await?;
        return Ok(Page::Yours { log, taken, reply });
    }
    Ok(Page::Theirs { log, taken })
}

/// After the alarm is taken, and never in its way: somebody may be in danger. The task says who took it
/// either way.
async fn write_down(table: &impl AuditTrail, visit: &Visit, by: &str, now: Timestamp) {
    let deed = Deed {
        act: Act::Taken,
        subject: visit.task.to_string(),
        detail: "by the alarm's link".to_owned(),
        by: Who { name: by.to_owned(), principal: None },
        at: now,
    };
    if let Err(error) = table.note_deed(&deed).await {
        let about = visit.task.to_string();
        tracing::error!(about, error = format!("{error:#}"), "a taking is not in the audit");
    }
}

/// A name or a number that a person goes by: 2 to 60 characters.
fn name(given: &str) -> Option<String> {
    let name: String = given.chars().filter(|c| !c.is_control()).collect();
    let name = name.trim();
    (2..=60).contains(&name.chars().count()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use domain::desk::{Desk, Sender, Signed, Task, TaskId};
    use domain::ports::{Call, Doorstep as _};
    use domain::reply::Class;
    use testkit::{World, samples};

    use super::*;

    struct Always(bool);

    impl AlarmLinks for Always {
        fn opens(&self, _: &Visit, _: Timestamp) -> bool {
            self.0
        }
    }

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    fn id() -> TaskId {
        TaskId::parse("notify/m-1").unwrap()
    }

    fn by(name: Option<&str>) -> Visit {
        let (until, key) = (String::new(), String::new());
        Visit { task: id(), until, key, by: name.map(str::to_owned) }
    }

    /// A world in which an alarm rings.
    async fn ringing() -> World {
        let world = World::new();
        let person = samples::pepper().stranger("somebody");
        let call = Call {
            supplier: "notify".to_owned(),
            message: "m-1".to_owned(),
            person: person.clone(),
            sender: "447700900123".to_owned(),
            answers: None,
            text: "help he has a knife".to_owned(),
            received_at: now(),
        };
        world.keep_call(&call).await.unwrap();
        let from = Sender { person, contact: None, log: None, received_at: now() };
        let task = Task::open(id(), Desk::ControlRoom, Class::Emergency, from, now());
        world.open_task(&task).await.unwrap();
        world
    }

    #[tokio::test]
    async fn looking_takes_nothing_and_shows_no_word() {
        let world = ringing().await;
        let page = handle(&world, &Always(true), &by(None), now()).await;
        assert!(matches!(page, Page::Ask { rings: 1, nameless: false, .. }), "{}", page.name());
        for nobody in ["", " ", "\n\t", "x", &"x".repeat(61)] {
            let page = handle(&world, &Always(true), &by(Some(nobody)), now()).await;
            assert!(matches!(page, Page::Ask { nameless: true, .. }), "{nobody:?}");
        }
        assert!(world.with(|state| state.tasks[&id()].taken.is_none()));
        assert!(world.with(|state| !state.calls_made.contains(&"reply")));
    }

    #[tokio::test]
    async fn the_first_name_takes_it_and_reads_and_the_second_is_told_who() {
        let world = ringing().await;
        for _ in 0..2 {
            let page = handle(&world, &Always(true), &by(Some(" Sgt 9\n")), now()).await;
            let Page::Yours { taken, reply, .. } = page else { panic!("{}", page.name()) };
            assert_eq!(taken, Signed { by: "Sgt 9".to_owned(), at: now() });
            assert_eq!(reply.unwrap().text, "help he has a knife");
        }
        for later in [Some("PC 41"), None] {
            let page = handle(&world, &Always(true), &by(later), now()).await;
            let Page::Theirs { taken, .. } = page else { panic!("{}", page.name()) };
            assert_eq!(taken.by, "Sgt 9");
        }
        let audit = world.with(|state| state.audit.clone());
        let [entry] = &audit[..] else { panic!("{audit:?}") };
        let Deed { act, subject, by, .. } = &entry.deed;
        assert_eq!((*act, subject, &*by.name), (Act::Taken, &id().to_string(), "Sgt 9"));
    }

    #[tokio::test]
    async fn an_audit_that_fails_hides_no_reply() {
        let world = ringing().await;
        world.fail("note_deed", 1);
        let page = handle(&world, &Always(true), &by(Some("Sgt 9")), now()).await;
        assert!(matches!(page, Page::Yours { reply: Some(_), .. }), "{}", page.name());
        assert!(world.with(|state| state.tasks[&id()].taken.is_some() && state.audit.is_empty()));
    }

    #[tokio::test]
    async fn a_link_that_is_not_ours_asks_the_table_nothing() {
        let world = ringing().await;
        world.with(|state| state.calls_made.clear());
        let page = handle(&world, &Always(false), &by(Some("Sgt 9")), now()).await;
        assert_eq!((page.status(), page.name()), (404, "no such link"));
        assert!(world.with(|state| state.calls_made.is_empty()));
        world.with(|state| state.tasks.clear());
        assert_eq!(handle(&world, &Always(true), &by(None), now()).await.status(), 404);
    }

    #[tokio::test]
    async fn trouble_asks_to_come_again_and_leaves_the_alarm_as_it_was() {
        for port in ["task", "replace_task"] {
            let world = ringing().await;
            world.fail(port, 1);
            let page = handle(&world, &Always(true), &by(Some("Sgt 9")), now()).await;
            assert_eq!(page.status(), 503, "{port}");
            assert!(world.with(|state| state.tasks[&id()].taken.is_none()), "{port}");
        }
        let world = ringing().await;
        world.fail("reply", 1);
        assert_eq!(handle(&world, &Always(true), &by(Some("Sgt 9")), now()).await.status(), 503);
        let page = handle(&world, &Always(true), &by(Some("Sgt 9")), now()).await;
        assert!(matches!(page, Page::Yours { reply: Some(_), .. }));
    }
}
