//! `aftercall inbox`: a reply as the person who must act on it reads it.

use std::io::Write as _;
use std::process::ExitCode;

use adapters::table::Table;
use domain::hours::LONDON;
use domain::ports::Ledger as _;

/// Shows one reply, its sender, and what it answers.
pub(crate) async fn show(table: &Table, supplier: &str, message: &str) -> anyhow::Result<ExitCode> {
    let Some(reply) = table.reply(supplier, message).await? else {
        writeln!(
            std::io::stderr(),
            "there is no reply {message} of {supplier}, or it has expired"
        )?;
        return Ok(ExitCode::FAILURE);
    };
    let mut out = std::io::stdout();
    let received = reply.received_at.to_zoned(LONDON.clone());
    writeln!(out, "From      {}", reply.sender)?;
    writeln!(out, "Received  {}", received.strftime("%Y-%m-%d %H:%M:%S"))?;
    let class = reply.class.as_deref().unwrap_or("not read yet");
    writeln!(out, "Read as   {class}")?;
    for why in &reply.why {
        writeln!(out, "          {why}")?;
    }
    if let Some(id) = &reply.contact
        && let Some(contact) = table.contact(id).await?
    {
        writeln!(out, "Log       {}", contact.incident)?;
    }
    writeln!(out, "\n{}", reply.text)?;
    Ok(ExitCode::SUCCESS)
}
