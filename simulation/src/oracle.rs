//! What must be true of every run, whatever went wrong in it.
//!
//! | promise | looked at |
//! |---|---|
//! | nothing is lost | every start has a journal that ends; no work is left; no dead letters but for what came before its start could |
//! | nothing is late | [`lateness`]: the first record, and each that something due should have brought, in true time |
//! | nothing is early | [`lateness`]: records say what time it really was when they were decided, and nothing that was due had been before its time |
//! | no wakeup is lost | [`wakeups`]: no event that an open listen would take is on the stream for longer than deliveries take |
//! | nothing happens twice | [`history`]: one end, each activation ended once, each outcome applied once; [`wakeups`]: each event consumed once |
//! | every record was decided on the state that its predecessors tell | [`replay`]: deciding again on the fold of every prefix gives the same record |
//! | what left is what the journal says, and all of it | [`replay`]: trace, actions, subscriptions, events |

mod history;
mod lateness;
mod replay;
mod wakeups;

use std::hash::{DefaultHasher, Hash, Hasher};

use weir_bus::Bus;
use weir_journal::Journal;
use weir_protocol::{Revision, Stream, Subject, header, v1::Format};

use crate::{
    fleet::Site,
    load::{Load, Started},
    run::Report,
};

/// Judges a run that is over.
pub async fn judge(load: &Load, site: &Site) -> Result<Report, String> {
    if let Some(ended) = site.ledger.pages().ended.first() {
        return Err(ended.clone());
    }
    let mut digest = DefaultHasher::new();
    let mut records = 0;
    let mut implied = replay::Implied::default();
    for start in &load.starts {
        let about = |what: String| format!("instance {}: {what}", start.instance);
        let read = site.journal.read(start.instance, Revision(0)).await;
        let entries = read.map_err(|error| about(error.to_string()))?;
        history::check(&entries).map_err(about)?;
        lateness::check(site, start, &entries).map_err(about)?;
        let program = &load.programs[start.program];
        wakeups::check(site, start, program, &entries).map_err(about)?;
        replay::check(site, program, start.instance, &entries, &mut implied).map_err(about)?;
        is_disarmed(site, start).await.map_err(about)?;
        records += entries.len();
        for entry in &entries {
            entry.record.encode().hash(&mut digest);
        }
    }
    replay::all_is_out(site, &implied)?;
    nothing_is_left(site)?;
    for message in site.broker.messages(Stream::Trace) {
        message.payload.hash(&mut digest);
    }
    let counts = site.ledger.pages().counts.clone();
    Ok(Report {
        instances: load.starts.len(),
        records,
        counts,
        digest: digest.finish(),
    })
}

async fn is_disarmed(site: &Site, start: &Started) -> Result<(), String> {
    let subject = Subject::timer(start.instance);
    let last = site.broker.last(Stream::Timers, &subject).await;
    match last.map_err(|error| error.to_string())? {
        Some(timer) if !timer.payload.is_empty() => Err("its timer is still set".to_owned()),
        _ => Ok(()),
    }
}

fn nothing_is_left(site: &Site) -> Result<(), String> {
    for stream in [Stream::Inbox, Stream::Actions] {
        if let Some(message) = site.broker.messages(stream).first() {
            let subject = &message.subject;
            return Err(format!("{subject} was never acknowledged"));
        }
    }
    for letter in site.broker.messages(Stream::Dead) {
        let subject = letter.header(header::DEAD_SUBJECT).unwrap_or_default();
        let reason = letter.header(header::DEAD_REASON).unwrap_or_default();
        let kind = subject.rsplit('.').next();
        let early = kind.is_some_and(|kind| ["cancel", "event"].contains(&kind));
        if !early || reason != "the instance was never started" {
            return Err(format!("{subject} is a dead letter: {reason}"));
        }
        site.ledger.count("dead letter");
    }
    Ok(())
}
