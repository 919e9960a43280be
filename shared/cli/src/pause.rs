//! `aftercall pause` and `aftercall resume`: the kill switch.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use domain::campaign::{Pause, Scope};
use domain::ports::{Catalogue, Switch};
use jiff::Timestamp;

/// Stops what is named from the next text on.
pub(crate) async fn pause(
    table: &(impl Catalogue + Switch),
    scope: &str,
    why: &str,
    by: &str,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let scope = known(table, scope).await?;
    // Whoever pauses knows of it: nobody needs to be woken.
    let pause =
        Pause { scope, why: why.to_owned(), by: by.to_owned(), at: now, until: None, told: true };
    let mut out = std::io::stdout();
    if table.pause(&pause).await? {
        writeln!(out, "{} is paused; `aftercall resume {}` ends it", pause.scope, pause.scope)?;
    } else {
        writeln!(out, "{} was paused already", pause.scope)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Texts again.
pub(crate) async fn resume(
    table: &(impl Catalogue + Switch),
    scope: &str,
) -> anyhow::Result<ExitCode> {
    let scope = known(table, scope).await?;
    if table.resume(&scope).await? {
        writeln!(std::io::stdout(), "{scope} texts again, from dispatch's next run on")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(std::io::stderr(), "{scope} was not paused")?;
    Ok(ExitCode::FAILURE)
}

/// A misspelt name would stop nothing, and nobody would notice.
async fn known(table: &impl Catalogue, text: &str) -> anyhow::Result<Scope> {
    let scope = Scope::parse(text)
        .with_context(|| format!("{text:?} is neither all nor the name of a campaign"))?;
    if let Scope::Campaign(id) = &scope {
        let campaigns = table.in_force().await?.campaigns;
        if !campaigns.contains_key(id) {
            let names: Vec<_> = campaigns.keys().map(ToString::to_string).collect();
            bail!("there is no campaign {id}; there are: {}", names.join(", "));
        }
    }
    Ok(scope)
}

#[cfg(test)]
mod tests {
    use testkit::World;

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_pause_by_hand_wakes_nobody_and_ends_by_hand() {
        let world = World::new();
        pause(&world, "highways", "wrong words", "Sgt Bell", now()).await.unwrap();
        let kept = world.with(|state| state.pauses.values().next().unwrap().clone());
        assert!(kept.told && kept.until.is_none());
        assert_eq!(resume(&world, "highways").await.unwrap(), ExitCode::SUCCESS);
        assert_eq!(resume(&world, "highways").await.unwrap(), ExitCode::FAILURE);
    }

    #[tokio::test]
    async fn a_misspelt_campaign_is_named_and_nothing_is_believed_to_be_paused() {
        let world = World::new();
        let error = pause(&world, "highway", "x", "y", now()).await.unwrap_err().to_string();
        assert_eq!(error, "there is no campaign highway; there are: highways");
        pause(&world, "All!", "x", "y", now()).await.unwrap_err();
        assert!(world.with(|state| state.pauses.is_empty()));
    }
}
