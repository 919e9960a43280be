//! The tutorial for whoever owns the words, run from its own commands on the deployed stack.

use std::collections::BTreeSet;
use std::process::Command;

use domain::campaign::CampaignId;
use domain::contact::State;
use domain::ports::Catalogue as _;
use local::emulator::root;
use local::stack::{SAMPLE_NOW, Stack};
use local::supplier::Behaviour;

use crate::MACHINE;
use crate::replies::until;

/// The log of which the tutorial tells, and its caller.
const LOG: &str = "HC-20260309-0901";
const CALLER: &str = "447700900987";

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_adds_a_campaign_by_the_docs_own_commands_and_sees_a_text_for_it() {
    let _alone = MACHINE.lock().await;
    let stack = Stack::start(SAMPLE_NOW, Behaviour::default(), &|_| ()).await.unwrap();
    let tutorial = std::fs::read_to_string(root().join("docs/first-campaign.md")).unwrap();
    let blocks: Vec<&str> =
        tutorial.split("```sh\n").skip(1).map(|block| block.split_once("```").unwrap().0).collect();
    // A folder like the newcomer's, so that what the commands write is not written here.
    let place = stack.emulator.scratch().join("newcomer");
    std::fs::create_dir_all(&place).unwrap();
    for folder in ["infra", "events"] {
        let copied = Command::new("cp").arg("-r").arg(root().join(folder)).arg(&place).status();
        assert!(copied.unwrap().success());
    }
    let programs = stack.emulator.scratch().join("programs");
    std::fs::create_dir_all(&programs).unwrap();
    let built = root().join("target/lambda/aftercall/bootstrap");
    std::os::unix::fs::symlink(built, programs.join("aftercall")).unwrap();
    let run = |block: &str| {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c"])
            .arg(format!("PATH=$PROGRAMS:$PATH\n{block}"))
            .current_dir(&place)
            .envs(stack.operator())
            .env("NO_COLOR", "1")
            .env("PROGRAMS", &programs)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{block}\n{said}\n{stderr}");
        said
    };
    let [write, check, rehearse, publish, bring, why, change] = blocks.as_slice() else {
        panic!("the tutorial has {} blocks of commands", blocks.len())
    };
    run(write);
    assert!(run(check).ends_with("animals.toml: passes\n"));
    let rehearsed = run(rehearse);
    assert!(rehearsed.contains("3  texts to 3 people"), "{rehearsed}");
    assert!(place.join("animals.html").exists());
    let published = run(publish);
    assert!(published.contains("campaign version 1 is in force"), "{published}");
    let before: BTreeSet<_> = functions_built();
    run(bring);
    until(&stack, "the caller is texted", async |stack| {
        let contacts = stack.contacts().await.unwrap();
        let sent = [State::Accepted, State::Delivered];
        contacts.iter().any(|c| c.incident.as_str() == LOG && sent.contains(&c.state))
    })
    .await;
    assert_eq!(before, functions_built(), "nothing was built or deployed for it");
    let why = run(why);
    assert!(why.contains("animals") && why.contains("accepted"), "{why}");
    let ledger = stack.supplier.ledger();
    let text = ledger.texts.iter().find(|text| text.number == CALLER).unwrap();
    assert!(text.body.contains("We came and the animal was moved."), "{}", text.body);
    let shown = run(change);
    assert!(shown.contains("# animals, version 1 of 2: in force"), "{shown}");
    assert!(shown.contains("rolled-back 1 from 2 by Sgt Bell: the first words were better"));
    let id = CampaignId::parse("animals").unwrap();
    let in_force = stack.table().unwrap().in_force().await.unwrap();
    assert_eq!(in_force.campaigns.get(&id), Some(&1));
}

/// The deployed programs with their times.
fn functions_built() -> BTreeSet<String> {
    let built = root().join("target/lambda");
    let entries = std::fs::read_dir(built).unwrap().flatten();
    let stamp = |entry: std::fs::DirEntry| {
        let at = entry.path().join("bootstrap").metadata().and_then(|m| m.modified());
        format!("{:?} {at:?}", entry.file_name())
    };
    entries.map(stamp).collect()
}
