//! The rules of Aftercall: whom to text, what to say, what a reply means.
//!
//! Everything here is a pure function from facts to an answer. There is no input or output,
//! no clock, no environment and no AWS: time, numbers and secrets are passed in.
//! `tests/tidy.rs` keeps it so.
//!
//! # Layout
//! * what happened: [`incident`], [`nsir`], [`force`] (how one force's extract maps to it), [`feed`]
//! * what happened, kept: [`logbook`] (versions of a log, its callers and decisions), [`markers`]
//! * whom to text: [`eligibility`], [`readiness`] (the last look), [`person`], [`phone`], [`campaign`]
//! * what to say: [`wording`], [`evidence`], [`text`] (GSM 03.38), [`hours`], [`supplier`]
//! * whom we exchange files with: [`partner`], [`formula`] (cells that a spreadsheet would run)
//! * one conversation: [`contact`] (its life cycle), [`messages`] (what the queues carry)
//! * what came back: [`reply`], [`score`], [`sentiment`], [`figures`]
//! * how sure that is, whether texting changes anything, and what of it may leave the force:
//!   [`interval`], [`experiment`], [`disclosure`]
//! * what is said to that, and who must act: [`conversation`], [`followup`] (its life), [`desk`], [`alarm`]
//! * what it costs: [`prices`], [`budget`], [`spend`] (forecast against actual)
//! * what a profile makes of a file, before it is published: [`coverage`]
//! * what a campaign would have done on old logs: [`rehearsal`], and how sure a share is: [`interval`]
//! * how long each thing is kept: [`retention`]
//! * what is kept for a court, whatever else is deleted: [`hold`]
//! * what the world must offer: [`ports`]

pub mod alarm;
pub mod approval;
pub mod audit;
pub mod budget;
pub mod campaign;
pub mod contact;
pub mod conversation;
pub mod coverage;
pub mod desk;
pub mod disclosure;
pub mod eligibility;
pub mod evidence;
pub mod experiment;
pub mod feed;
pub mod figures;
pub mod followup;
pub mod force;
pub mod formula;
pub mod health;
pub mod hold;
pub mod hours;
pub mod incident;
pub mod interval;
pub mod language;
pub mod logbook;
pub mod markers;
pub mod measure;
pub mod messages;
pub mod nsir;
pub mod partner;
pub mod person;
pub mod phone;
pub mod ports;
pub mod prices;
pub mod proof;
pub mod readiness;
pub mod record;
pub mod rehearsal;
pub mod reply;
pub mod retention;
pub mod score;
pub mod sentiment;
pub mod spend;
pub mod supplier;
pub mod text;
pub mod wording;

mod phrase;
mod words;
