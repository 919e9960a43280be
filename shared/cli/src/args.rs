//! The command line.

use std::path::PathBuf;

use adapters::config::Stage;
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::desk::{DESKS, Desk, TaskId};
use domain::eligibility::Verdict;
use domain::figures::{Behind, NoFigure};
use domain::hold::CaseRef;
use domain::incident::Outcome;
use jiff::civil::{Date, Time};

/// Tells callers what came of it: the rules at a terminal.
#[derive(Debug, Parser)]
#[command(name = "aftercall", bin_name = "aftercall", version, about, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  aftercall check infra/campaigns/*.toml
  aftercall approve infra/campaigns/highways.toml --by 'Insp Khan'
  aftercall publish infra/campaigns/highways.toml --by 'Sgt Bell'
  aftercall campaigns list
  aftercall profile check infra/forces/hertfordshire.toml events/ingest/storm-week.csv
  aftercall rehearse --campaign infra/campaigns/highways.toml \\
      --profile infra/forces/hertfordshire.toml last-year/*.csv
  aftercall why HC-20260303-0412
  aftercall money
  aftercall alerts list
  aftercall inbox list --desk complaints
  aftercall pause highways --why 'the words for R03 are wrong'
  aftercall report --from 2026-03-01 --to 2026-03-31 --out march
  echo '07700 900123' | aftercall parse phone
  echo '\"Thank you – we cleared it\"' | aftercall parse text
  echo '\"5 thanks but STOP\"' | aftercall parse reply

Exit codes: 0 done, 1 the answer is no or something failed, 2 the command line is wrong, or a file
that was named cannot be used.";

/// Which deployment.
#[derive(Debug, Clone, Args)]
pub(crate) struct Place {
    /// Which deployment: its table is aftercall-<stage>
    #[arg(long, global = true, env = "AFTERCALL_STAGE", value_enum, default_value_t = StageName::Test)]
    pub(crate) stage: StageName,
    /// Seconds by which the deployment's clock differs from this machine's; 0 in production
    #[arg(
        long,
        global = true,
        env = "AFTERCALL_CLOCK_OFFSET_SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true,
        hide = true
    )]
    pub(crate) clock_offset_seconds: i64,
}

impl Place {
    /// The deployment's stage as names have it.
    pub(crate) fn stage_name(&self) -> &'static str {
        self.stage.name()
    }

    /// The name `infra/template.yaml` gives the table.
    pub(crate) fn table(&self) -> String {
        format!("aftercall-{}", self.stage.name())
    }

    /// The name `infra/template.yaml` gives the bucket.
    pub(crate) fn bucket(&self, account: &str) -> String {
        format!("aftercall-{}-{account}", self.stage.name())
    }
}

/// Which report, and where it goes.
#[derive(Debug, clap::Args)]
pub(crate) struct Report {
    /// The first day; thirty days before the last unless said
    #[arg(long)]
    pub(crate) from: Option<Date>,
    /// The last day; today unless said
    #[arg(long)]
    pub(crate) to: Option<Date>,
    /// The folder for the files
    #[arg(long, default_value = "report")]
    pub(crate) out: PathBuf,
    /// Print the figures as JSON and write no files
    #[arg(long, group = "form")]
    pub(crate) json: bool,
    /// Print the numbers of the logs behind a figure and write no files
    #[arg(long, value_name = "FIGURE", group = "form", value_parser = behind)]
    pub(crate) behind: Option<Behind>,
    /// Write what may be published: counts by month, small ones hidden, with a note on how
    #[arg(long, group = "form")]
    pub(crate) foi: bool,
    /// Write the review of a pilot: the questions of the board with their figures
    #[arg(long, group = "form")]
    pub(crate) pack: bool,
    /// Print the review as a PDF too, by the Chromium on the path
    #[arg(long, requires = "pack")]
    pub(crate) pdf: bool,
    /// Print a link to the newest report in the bucket, and write nothing
    #[arg(long, group = "form", conflicts_with_all = ["from", "to"])]
    pub(crate) link: bool,
    /// For how many hours the link works, at most
    #[arg(long, requires = "link", default_value_t = 12, value_parser = clap::value_parser!(u64).range(1..=168))]
    pub(crate) hours: u64,
}

/// A stage as it is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StageName {
    /// On one machine, with the stand-in supplier
    Local,
    /// In an account, with a supplier's test key
    Test,
    /// With people's numbers
    Production,
}

impl StageName {
    fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Test => "test",
            Self::Production => "production",
        }
    }
}

impl From<StageName> for Stage {
    fn from(name: StageName) -> Self {
        match name {
            StageName::Local => Self::Local,
            StageName::Test => Self::Test,
            StageName::Production => Self::Production,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say everything a careful colleague would say of a campaign: no AWS, no network
    #[command(after_help = "\
  aftercall check infra/campaigns/highways.toml
  aftercall check --profile infra/forces/hertfordshire.toml infra/campaigns/*.toml
  aftercall check --json infra/campaigns/highways.toml | jq '.[].findings[] | {code, line, what}'
  aftercall check --explain unclaimed

Texts are looked at with every day of the year filled in. What a part costs is read from
../prices.toml beside the campaigns' folder, or from --prices.

--json prints a list with one object for each file:
  file, campaign, passes,
  findings [{code, level, field, line, column, what, help}],
  texts [{field, characters, alphabet, parts, allowed, millipence}]

Exit codes: 0 it can be published, 1 there are errors (or, with --strict, warnings), 2 a file cannot
be used.")]
    Check {
        /// The campaigns (TOML)
        #[arg(required_unless_present = "explain")]
        files: Vec<PathBuf>,
        /// A force profile: are there result codes for the campaign's outcomes?
        #[arg(long, value_name = "FILE")]
        profile: Option<PathBuf>,
        /// What suppliers charge
        #[arg(long, value_name = "FILE")]
        prices: Option<PathBuf>,
        /// Take warnings for errors
        #[arg(long)]
        strict: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// Say why a code is one, and check nothing
        #[arg(long, value_name = "CODE")]
        explain: Option<String>,
    },
    /// Look at what a campaign file would change, and say that it may be published by somebody else
    #[command(after_help = "\
  aftercall approve infra/campaigns/highways.toml --by 'Insp Khan'

What is approved are exactly these words over the version in force now: when either changes, they are
approved anew. Nobody publishes what only they have approved. With --stage production the AWS
credentials of the two must differ as well, not only the names they give.

Exit codes: 0 approved, 1 there are errors, or nothing would change, 2 the file cannot be used.")]
    Approve {
        /// The campaign (TOML)
        file: PathBuf,
        /// Who approves, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
    },
    /// Put an extract into the deployment's bucket, as the force's own job does each night
    #[command(after_help = "\
  aftercall bring storm week.csv
  aftercall bring athena links.csv

The feed must be one of the force profile in force. Bringing the same file twice changes nothing that was
already done. What could not be read is under rejects/ in the bucket afterwards.

Exit codes: 0 it is there, 1 there is no such feed, or the bucket failed, 2 the file cannot be used.")]
    Bring {
        /// The feed: the folder under extracts/
        feed: String,
        /// The extract
        file: PathBuf,
    },
    /// The campaigns in force: list, show, compare, pause, resume, roll back and end them
    #[command(subcommand)]
    Campaigns(Campaigns),
    /// Check campaign, force profile, price and partner files and put them in force
    #[command(after_help = "\
A file with [feeds] is a force profile, one with [suppliers] holds prices, one with [outbound] is a
partner of the file exchange, and any other is a campaign. Every file is checked before any is
published. A campaign must have been approved by somebody else (`aftercall approve`). A version never
changes: publishing the same words again does nothing. It holds from dispatch's next run on, for what
is planned from then on.

  aftercall publish infra/campaigns/highways.toml
  aftercall publish infra/prices.toml
  aftercall publish --by 'Sgt Bell' infra/forces/hertfordshire.toml")]
    Publish {
        /// The files (TOML)
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Who publishes, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
    },
    /// Write the report of the days between two, what may be published of them, or their review
    #[command(after_help = "\
  aftercall report
  aftercall report --from 2026-03-01 --to 2026-03-31 --out march
  aftercall report --json | jq .total.texted
  aftercall report --from 2026-03-01 --behind hold:elig.hold.phone
  aftercall report --behind desk:complaints
  aftercall report --foi --from 2026-01-01 --to 2026-06-30 --out publish
  aftercall report --pack --pdf --from 2026-02-16 --to 2026-08-15 --out review
  aftercall report --link --hours 2")]
    Report(Report),
    /// Tell every decision about a log and everything that happened to its contacts
    #[command(after_help = "\
  aftercall why HC-20260303-0412
  aftercall why --json HC-20260303-0412
  aftercall why notify/740e5834-3a29-46b4-9a6f-16142fde533a")]
    Why {
        /// The log's number; or the id of a contact or reply, as a function's log line has it in `about`
        #[arg(value_name = "LOG")]
        asked: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Stop texting, from the next text on: one campaign, or all of them
    #[command(after_help = "\
Nothing is lost: what is due waits, until it is resumed or is no longer news. A text that the
supplier has taken cannot be called back.

  aftercall pause highways --why 'the words for R03 are wrong'
  aftercall pause all --why 'asked by the duty officer'")]
    Pause(Pause),
    /// Text again after a pause
    #[command(after_help = "\
  aftercall resume highways
  aftercall resume all")]
    Resume(Resume),
    /// Show on one screen how the system is, the gravest first
    #[command(after_help = "\
  aftercall status --stage production
  aftercall status --json | jq -r '.lines[] | select(.light != \"well\") | .what'

Each line is well, to be looked at today, or to be acted on now; the latter say what to do, and the manual
in infra/README.md says more. Nothing personal is shown.

Exit codes: 0 all is well, 1 something is not.")]
    Status {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what lies in a dead-letter queue, and send it back when the cause is mended
    #[command(after_help = "\
  aftercall redrive inbound
  aftercall redrive inbound --go

Without --go nothing is changed: it counts what is there by kind. Messages hold ids only. A file that
could not be ingested is read again by being written anew. Nothing is done twice.")]
    Redrive {
        /// Which: what could not be sent, read or ingested
        queue: Redriven,
        /// Send them back
        #[arg(long)]
        go: bool,
        /// Who, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
    },
    /// Copy what the table has lost from a backup that was restored beside it
    #[command(after_help = "\
  aftercall restore --from aftercall-test-restored
  aftercall restore --from aftercall-test-restored --go

Without --go nothing is changed: it counts what is lost, by kind. What the table has stays as it is. What
expired, was forgotten or names somebody erased since does not come back, and whoever may have been
texted since comes back as unknown: `reconcile` asks the supplier before anything is sent.
infra/README.md says how to make the other table, and what to do first.")]
    Restore {
        /// The table that the backup was restored into
        #[arg(long, value_name = "TABLE")]
        from: String,
        /// Copy it
        #[arg(long)]
        go: bool,
        /// Who, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Decide about texts of which nobody could find out whether they were sent
    #[command(after_help = "\
Without an answer it lists them. Ask the supplier for the reference, then say what you found:
a text that was sent stays sent; one that was not is looked at again, and goes out if it still may.
If you cannot find out either, say --sent: nobody should be texted twice.

  aftercall resolve
  aftercall resolve 6f0c…-9a1b… --sent --why 'on Notify page of 3 March, ref 9a1b'
  aftercall resolve 6f0c…-9a1b… --not-sent --why 'Notify support, ticket 4711'")]
    Resolve {
        /// The contact's id, which is the supplier's reference
        contact: Option<String>,
        /// The supplier sent it
        #[arg(long, conflicts_with = "not_sent", requires = "contact")]
        sent: bool,
        /// The supplier did not send it
        #[arg(long, requires = "contact")]
        not_sent: bool,
        /// How you know, for the record
        #[arg(long, requires = "contact")]
        why: Option<String>,
        /// Who says so, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
        /// Print the list as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what each campaign has spent, what it will come to, and what is free
    #[command(after_help = "\
  aftercall money
  aftercall money --month 2026-03
  aftercall money --json | jq '.campaigns[] | {name, forecast_pence, cap_pence}'")]
    Money {
        /// The month; this one unless said
        #[arg(long)]
        month: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Try a force profile on a file, or draft a first one: no AWS, no network
    #[command(subcommand)]
    Profile(Profile),
    /// Rehearse campaigns on old extracts before a penny is spent: no AWS, no network
    #[command(after_help = REHEARSING)]
    Rehearse(Rehearse),
    /// The replies that a person must act on: list, read, take and close them
    #[command(subcommand)]
    Inbox(Inbox),
    /// The alarms: replies that may be a cry for help
    #[command(subcommand)]
    Alerts(Alerts),
    /// What somebody may ask about themselves: to see it, to be erased, to be texted no more
    #[command(subcommand)]
    Person(Person),
    /// What people did, as a chain that shows where it was tampered with
    #[command(subcommand)]
    Audit(Audit),
    /// Try the rules for numbers, texts and replies on lines of input
    #[command(subcommand)]
    Parse(Parse),
    /// Print what makes a shell complete this command line
    #[command(after_help = "\
  aftercall completions bash > ~/.local/share/bash-completion/completions/aftercall
  aftercall completions zsh > ~/.zfunc/_aftercall")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write a manual page for each command
    #[command(after_help = "\
  aftercall man --out ~/.local/share/man/man1 && man aftercall-check")]
    Man {
        /// The folder
        #[arg(long, default_value = "man")]
        out: PathBuf,
    },
    /// Print the JSON Schema of a campaign file, by which editors complete and check it
    #[command(after_help = "\
  aftercall schema > infra/campaigns/schema.json
  aftercall schema --report > docs/report.schema.json

A file whose first line is `#:schema ./schema.json` is completed by editors with a TOML language server,
such as Even Better TOML.")]
    Schema {
        /// Print that of report.json instead
        #[arg(long)]
        report: bool,
    },
}

/// A queue whose dead letters can be sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Redriven {
    /// Contacts and follow-ups that could not be texted in five tries
    Send,
    /// Receipts and replies that could not be read in five tries: one may be an emergency
    Inbound,
    /// Files that could not be ingested in three
    Ingest,
}

impl Redriven {
    /// The queue's name, but for the deployment's.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Inbound => "inbound",
            Self::Ingest => "ingest",
        }
    }
}

/// Why, and who says so.
#[derive(Debug, Args)]
pub(crate) struct Reason {
    /// Why, for the record: a reference of the request; nobody's name or number
    #[arg(long)]
    pub(crate) why: String,
    /// Who, for the record
    #[arg(long, env = "USER", default_value = "unknown")]
    pub(crate) by: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Print everything that is kept about somebody: only on a screen that others cannot see
    #[command(after_help = "\
  aftercall person export - --why 'request SAR-114' > sar-114.md
  aftercall person export 07700900123 --why 'request SAR-114' --json

The whole table is read. A - reads the number from standard input, so that it is not in the shell's
history. It is personal, and about others where a log names them: the force's disclosure officer reads
it before it is handed over.")]
    Export {
        /// The mobile number, or - for standard input
        number: String,
        #[command(flatten)]
        reason: Reason,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Erase somebody: their number and words go, what counts in reports becomes nobody's
    #[command(after_help = "\
  aftercall person erase - --why 'request ER-7'
  aftercall person erase - --why 'request ER-7' --yes

Without --yes it only says what is there. Texts that are planned are cancelled, and the opt-out is kept, by
the keyed hash alone: without it the next extract would have them texted again.

Nobody is erased of whom something is held for a case: see `aftercall person holds`.

Exit codes: 0 done, 1 a text to them is leaving at this moment, they are held, or something failed.")]
    Erase {
        /// The mobile number, or - for standard input
        number: String,
        #[command(flatten)]
        reason: Reason,
        /// Do it
        #[arg(long)]
        yes: bool,
    },
    /// Copy what is kept about somebody for a case, out of reach of time and of erasure
    #[command(after_help = "\
  aftercall person hold - --case LIT-2026-014 --why 'letter before claim'

The copy is what `person export --json` prints, at holds/<case>/<keyed hash>.json in the bucket. Nothing
that runs looks at it, and nobody may be erased of whom there is one. What comes after it is not in it:
hold again to take that too; what the copy has and the table has no more stays in it.")]
    Hold {
        /// The mobile number, or - for standard input
        number: String,
        /// The case, by letters, digits and dashes; nobody's name or number
        #[arg(long, value_name = "REFERENCE", value_parser = CaseRef::parse)]
        case: CaseRef,
        #[command(flatten)]
        reason: Reason,
    },
    /// List what is held for which case, and since when; nobody is named
    #[command(after_help = "\
  aftercall person holds
  aftercall person holds --json | jq -r '.[] | select(.case == \"LIT-2026-014\") | .person'")]
    Holds {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Let go of what is held for a case that has ended
    #[command(after_help = "\
  aftercall person release --case LIT-2026-014 --why 'settled 3 March'

Exit codes: 0 let go, 1 nothing is held for that case.")]
    Release {
        /// The case
        #[arg(long, value_name = "REFERENCE", value_parser = CaseRef::parse)]
        case: CaseRef,
        #[command(flatten)]
        reason: Reason,
    },
    /// Text somebody no more, who said so by another way than a reply
    Optout {
        /// The mobile number, or - for standard input
        number: String,
        #[command(flatten)]
        reason: Reason,
    },
    /// Text somebody again, who asks for it
    Optin {
        /// The mobile number, or - for standard input
        number: String,
        #[command(flatten)]
        reason: Reason,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List what was done, by whom and when
    #[command(after_help = "\
  aftercall audit list
  aftercall audit list --json | jq '.[] | select(.act == \"published\")'")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Find an entry that was changed, taken out or put elsewhere, and what it names and is not so
    #[command(after_help = "\
  aftercall audit verify
  aftercall audit verify --json | jq '.problems'

It goes through the chain; reads every file of decisions and every day's record that the chain names, and
hashes it; and holds each day's last record against the contacts in the table, whose histories must begin
as they were recorded. A file is kept for 1,100 days and a contact for 1,098: what is gone after that is
not missed. An erased contact is found by its log and tail, which it keeps.

It prints how many entries there are and the hash of the last: note it down elsewhere, for whoever can
write to the table could cut off the end and its head together.

Exit codes: 0 everything is as it was written down, 1 it is not.")]
    Verify {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

/// What to pause.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    /// The campaign's name, or all
    pub(crate) scope: String,
    /// Why, for the record and for whoever is on duty next
    #[arg(long)]
    pub(crate) why: String,
    /// Who pauses, for the record
    #[arg(long, env = "USER", default_value = "unknown")]
    pub(crate) by: String,
}

/// What to resume.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The campaign's name, or all, as it was paused
    pub(crate) scope: String,
    /// Who resumes, for the record
    #[arg(long, env = "USER", default_value = "unknown")]
    pub(crate) by: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Campaigns {
    /// List every campaign: its version, its days, and whether it runs
    #[command(after_help = "\
  aftercall campaigns list
  aftercall campaigns list --json | jq '.[] | select(.state == \"paused\")'")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a version as a file, with who put what in force and when
    #[command(after_help = "\
  aftercall campaigns show highways
  aftercall campaigns show highways --version 2 > highways.toml")]
    Show {
        /// The campaign's name
        name: String,
        /// The version; the one in force unless said
        #[arg(long)]
        version: Option<u32>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what a file would change of the version in force
    #[command(after_help = "\
  aftercall campaigns diff infra/campaigns/highways.toml

Exit codes: 0 it says the same, 1 it would change something, 2 the file cannot be used.")]
    Diff {
        /// The campaign (TOML)
        file: PathBuf,
    },
    /// Put an earlier version in force again; what is planned keeps its words
    #[command(after_help = "\
  aftercall campaigns rollback highways --to 2 --why 'version 3 says A414'")]
    Rollback {
        /// The campaign's name
        name: String,
        /// The version
        #[arg(long, value_name = "VERSION")]
        to: u32,
        /// Why, for the record
        #[arg(long)]
        why: String,
        /// Who, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
    },
    /// End a campaign: nothing more is planned, and what is planned is not sent
    #[command(after_help = "\
  aftercall campaigns end highways --why 'the pilot is over'")]
    End {
        /// The campaign's name
        name: String,
        /// Why, for the record
        #[arg(long)]
        why: String,
        /// Who, for the record
        #[arg(long, env = "USER", default_value = "unknown")]
        by: String,
    },
    /// Stop texting, from the next text on: one campaign, or all of them
    Pause(Pause),
    /// Text again after a pause
    Resume(Resume),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Tell what a profile makes of a file: rows, codes, dates, numbers, and who would be texted
    #[command(after_help = "\
  aftercall profile check infra/forces/hertfordshire.toml events/ingest/storm-week.csv
  aftercall profile check --feed athena infra/forces/hertfordshire.toml links.csv
  aftercall profile check --list text infra/forces/hertfordshire.toml week.csv | shuf -n 10
  aftercall profile check --json infra/forces/hertfordshire.toml week.csv | jq .verdicts

Without --feed it is the only feed whose columns the file has. Without --campaign the campaigns are
all of campaigns/*.toml beside the profile's folder. With --stage production drama numbers may not
be texted. No telephone number is printed, and a code with six or more digits is shown with # for
each.

--json prints one object:
  profile, feed, campaigns, complete, rows {read, refused},
  refused [{column, reason, rows, first_line}], fields {field: {known, blank, unknown}},
  unknown {field: {distinct, times, not_kept, codes [{code, rows}]}},
  times {opened, closed, not_dated, future, closed_before_opened, arrived_before_opened},
  numbers {sendable, refused {reason: rows}}, markers {marker: rows}, verdicts {text, hold, never},
  rules [{id, rows, alone}], told [{outcome, rows, weaker}], links {by_log, by_phone, by_both},
  next [sentence]

Exit codes: 0 every row could be read and every code is known, 1 something needs a person, 2 the
profile or the file cannot be used.")]
    Check {
        /// The force profile (TOML)
        profile: PathBuf,
        /// The extract
        file: PathBuf,
        /// The feed it belongs to
        #[arg(long, value_name = "NAME")]
        feed: Option<String>,
        /// A campaign to try it with; may be given several times
        #[arg(long, value_name = "FILE")]
        campaign: Vec<PathBuf>,
        /// List the log numbers with this verdict and the rules behind it: text, hold or never
        #[arg(long, value_name = "VERDICT", conflicts_with = "json", value_parser = verdict)]
        list: Option<Verdict>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a first profile for an export nobody has seen: guesses to look at, line by line
    #[command(after_help = "\
  aftercall profile draft --name westmarch week.csv > infra/forces/westmarch.toml
  aftercall profile check infra/forces/westmarch.toml week.csv

The separator, the columns and the dates are guessed from names and values. Nothing is guessed that
could cause a text: the columns of the number, the role and the consent, and the meaning of every
code that is not an NSIR name, stand in comments until somebody who knows takes the # away.

Exit codes: 0 printed, 2 the file cannot be used.")]
    Draft {
        /// The extract
        file: PathBuf,
        /// The profile's short name: lower-case letters, digits, hyphens
        #[arg(long, default_value = "new-force")]
        name: String,
    },
}

/// Files of a campaign, a force and last year.
#[derive(Debug, Args)]
pub(crate) struct Rehearse {
    /// A campaign (TOML); of several that fit a log, the first in the alphabet answers it
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) campaign: Vec<PathBuf>,
    /// The force profile (TOML)
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: PathBuf,
    /// The suppliers' prices (TOML); prices.toml above the profile's folder unless said
    #[arg(long, value_name = "FILE")]
    pub(crate) prices: Option<PathBuf>,
    /// Of a hundred people texted, how many answer: an assumption
    #[arg(long, value_name = "PERCENT", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) reply_rate: u64,
    /// When the night's file lands, such as 06:00: texts leave no sooner; as logs are closed unless said
    #[arg(long, value_name = "HH:MM")]
    pub(crate) lands: Option<Time>,
    /// The feed of files that fit several
    #[arg(long, value_name = "NAME")]
    pub(crate) feed: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a page that can be mailed and printed, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Extracts of logs and of crime links, of whatever days
    #[arg(required = true)]
    pub(crate) extracts: Vec<PathBuf>,
}

const REHEARSING: &str = "\
  aftercall rehearse --campaign infra/campaigns/highways.toml \\
      --profile infra/forces/hertfordshire.toml events/ingest/storm-week.csv \\
      events/ingest/athena-week.csv
  aftercall rehearse --campaign highways.toml --profile force.toml --lands 06:00 \\
      --html rehearsal.html last-year/*.csv
  aftercall rehearse --campaign highways.toml --profile force.toml --json year.csv | jq .texts

Rows of a log count together, and of several extracts of one the latest counts. The days of a
campaign are set aside, for the logs are old, and each log is decided as if its file had landed in
time: at once, or at the hour of --lands. Opt-outs, replies and what was done with a log after its
last extract cannot be rehearsed. With --stage production drama numbers may not be texted. No
telephone number is printed.

--reply-rate is an assumption: published rates are 10 to 30 %. Of those who answer, 75 % are taken
to be satisfied (4 or 5 of 5). A text on a day before the first known price costs what that one says.

--json prints one object; money is in thousandths of a penny, shares are of one:
  format, campaigns [{name, title, starts, ends, review, supplier, cap_millipence, hold_out_percent,
    rest_days, priced}],
  rows {all, text, hold, never, refused, superseded, links, links_refused},
  refused [{file, column, reason, rows, first_line}], calls {first, last, days},
  rules [{id, words, rows, alone}],
  contacts {rows_again, planned, held_out, no_words, resting, unpaid}, texts, parts, people,
  weeks [{monday, rows, may_be_texted, texts, parts}],
  months [{month, campaign, texts, parts, cost_millipence, cap_millipence, due_millipence,
    over_cap, later, paper_millipence, notify_millipence, free_parts, notify_to_pay_millipence}],
  told [{outcome, texts, parts, weaker}],
  queue {waiting, typical_minutes, longest_minutes, busiest_at, busiest_texts, stale_rows},
  assumed {reply_rate, satisfied, lands}, replies,
  learnt [{campaign, days, texts, replies, half_width_worst, half_width_assumed}],
  examples [{log, campaign, outcome, weaker, parts, at, text}]

Exit codes: 0 somebody would be texted, 1 nobody would, 2 a file cannot be used.";

fn verdict(name: &str) -> Result<Verdict, &'static str> {
    Verdict::parse(name).ok_or("say text, hold or never")
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inbox {
    /// List the replies that a person must act on, by desk, and how long there is
    #[command(after_help = "\
  aftercall inbox list
  aftercall inbox list --desk complaints --waiting
  aftercall inbox list --closed --json | jq '.[] | select(.late)'

Desks, with the time in which somebody should have taken a reply: control-room (1 minute, and it rings
until then), still-there (30 minutes), new-reports, intelligence and not-understood (24 hours),
complaints (2 days), questions (3 days), highways (5 days), praise (7 days). No word of a reply and no
number is listed.")]
    List {
        /// One desk
        #[arg(long, value_parser = desk)]
        desk: Option<Desk>,
        /// Only what nobody has taken
        #[arg(long)]
        waiting: bool,
        /// What is closed, too
        #[arg(long)]
        closed: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Show one reply with its sender: only on a screen that others cannot see
    #[command(after_help = "\
  aftercall inbox show notify/740e5834-3a29-46b4-9a6f-16142fde533a

The alert and the list name it. What is shown is personal: the words and the number of somebody who
may be in danger. For the desks highways and praise a draft to pass on is printed as well.")]
    Show {
        /// Which reply: <supplier>/<the supplier's id of it>
        #[arg(value_parser = task)]
        reply: TaskId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Say that you are at it
    #[command(after_help = "\
  aftercall inbox take notify/740e5834-3a29-46b4-9a6f-16142fde533a --by 'PC 41'")]
    Take {
        /// Which reply: <supplier>/<the supplier's id of it>
        #[arg(value_parser = task)]
        reply: TaskId,
        /// Who, for the record
        #[arg(long, env = "USER")]
        by: String,
    },
    /// Say that it is done, and of what was still there have the caller told what came of it
    #[command(after_help = "\
  aftercall inbox close notify/740e5834-… --by 'PC 41' --note 'recorded as HC-20260310-0102'
  aftercall inbox close notify/740e5834-… --by 'PC 41' --note 'tree moved' --result cleared

--result is for the desk still-there: the caller gets the campaign's words for it, once, in its hours.
Write nobody's name or number into the note.")]
    Close {
        /// Which reply: <supplier>/<the supplier's id of it>
        #[arg(value_parser = task)]
        reply: TaskId,
        /// Who, for the record
        #[arg(long, env = "USER")]
        by: String,
        /// What was done
        #[arg(long)]
        note: String,
        /// What came of it, for the caller to hear
        #[arg(long, value_parser = outcome)]
        result: Option<Outcome>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alerts {
    /// List the alarms that ring, and how often each has
    #[command(after_help = "\
  aftercall alerts list
  aftercall alerts list --json | jq length")]
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take an alarm, so that it rings no more
    #[command(after_help = "\
  aftercall alerts ack notify/740e5834-3a29-46b4-9a6f-16142fde533a --by 'Sgt 9'

Exit codes: 0 it is yours, 1 somebody else has it, and who.")]
    Ack {
        /// Which alarm: <supplier>/<the supplier's id of the reply>
        #[arg(value_parser = task)]
        reply: TaskId,
        /// Who takes it, for the record
        #[arg(long, env = "USER")]
        by: String,
    },
}

fn desk(name: &str) -> Result<Desk, String> {
    let names = || DESKS.map(|(_, name)| name).join(", ");
    Desk::parse(name).ok_or_else(|| format!("say one of {}", names()))
}

fn task(text: &str) -> Result<TaskId, &'static str> {
    TaskId::parse(text).ok_or("say <supplier>/<reply>, such as notify/740e5834-…")
}

fn outcome(name: &str) -> Result<Outcome, &'static str> {
    Outcome::parse(name).ok_or("say an outcome such as cleared")
}

#[derive(Debug, Subcommand)]
pub(crate) enum Parse {
    /// One number a line: may it be texted?
    #[command(after_help = "\
  printf '07700 900123\\n01632 960123\\n' | aftercall parse phone

Prints {\"input\",\"e164\",\"sendable\",\"reason\"} for each line. Outside production the numbers Ofcom
keeps for drama may be texted; with --stage production they may not.")]
    Phone,
    /// One JSON string a line: what would go out, and in how many parts?
    #[command(after_help = "\
  echo '\"Thank you – we cleared it\"' | aftercall parse text

Prints {\"sent\",\"encoding\",\"units\",\"segments\"} for each line.")]
    Text,
    /// One JSON string a line: what does the reply mean?
    #[command(after_help = "\
  echo '\"5 thanks but STOP\"' | aftercall parse reply

Prints {\"class\",\"opt_out\",\"score\",\"sentiment\",\"valence\",\"disagrees\",\"why\"} for each line.")]
    Reply,
}

fn behind(name: &str) -> Result<Behind, NoFigure> {
    Behind::parse(name).ok_or_else(|| NoFigure(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_restore_names_a_table_and_does_nothing_unless_told() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' ')).map(|a| a.command);
        let restore = parse("aftercall restore --from aftercall-test-restored").unwrap();
        assert!(matches!(restore, Command::Restore { go: false, .. }), "{restore:?}");
        assert!(parse("aftercall restore --go").is_err());
    }

    #[test]
    fn a_hold_names_a_case_and_says_why() {
        let parse = |line: &str| Arguments::try_parse_from(line.split(' ')).map(|a| a.command);
        let held = parse("aftercall person hold - --case LIT-2026-014 --why claim").unwrap();
        let Command::Person(Person::Hold { number, case, .. }) = held else {
            panic!("{held:?}");
        };
        assert_eq!((number.as_str(), case.as_str()), ("-", "LIT-2026-014"));
        parse("aftercall person release --case LIT-2026-014 --why settled").unwrap();
        for refused in [
            "aftercall person hold - --case ../extracts --why claim",
            "aftercall person hold - --case 07700900123 --why claim",
            "aftercall person hold - --why claim",
            "aftercall person hold - --case LIT-1",
            "aftercall person release --why settled",
        ] {
            assert!(parse(refused).is_err(), "{refused}");
        }
    }
}
