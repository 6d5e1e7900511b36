//! When a workflow starts by itself: the timer that stands for its schedule.
//!
//! As with triggers, it is that of the newest version, and derived from what is deployed.

use weir_bus::{Outgoing, Stored, Ttl};
use weir_graph::Program;
use weir_protocol::{
    Subject,
    v1::{Format, Schedule, Timer, WorkflowRef},
};

/// How long the end of a schedule is remembered.
const TOMBSTONE_SECONDS: u64 = 60;

/// What is to be stored so that the schedule is that of `program`, if anything. A new version goes
/// on in the rhythm of the former one, if it has the same.
pub(crate) fn change(
    last: Option<&Stored>,
    program: &Program,
    subject: Subject,
    now_ms: u64,
) -> Option<Outgoing> {
    let former = last.and_then(|last| Timer::decode(&last.payload).ok());
    let workflow = WorkflowRef::from(&program.workflow);
    let expected = last.map_or(0, |last| last.sequence);
    let Some(wanted) = &program.schedule else {
        former?;
        let end = Outgoing::new(subject, Vec::new()).expecting(expected);
        return Some(end.with_ttl(Ttl::Seconds(TOMBSTONE_SECONDS)));
    };
    let new = Schedule::new(wanted, program.bound.duration_ms);
    let revision = former.as_ref().map_or(1, |f| f.revision.saturating_add(1));
    let same = former.filter(|former| {
        let old = former.schedule.as_ref();
        old.is_some_and(|old| old.times() == *wanted)
    });
    let (due, schedule) = match same {
        Some(former) if former.workflow == workflow => return None,
        Some(former) => (former.due, new.waiting_as(former.schedule)),
        None => (wanted.first(now_ms)?, new),
    };
    let timer = Timer {
        revision,
        due,
        workflow,
        reference: String::new(),
        traceparent: None,
        schedule: Some(schedule),
    };
    Some(Outgoing::new(subject, timer.encode()).expecting(expected))
}

#[cfg(test)]
mod tests {
    use weir_graph::Limits;
    use weir_protocol::{InstanceId, Stream};

    use super::*;

    fn program(version: &str, schedule: &str) -> Program {
        let source = format!(
            "document: {{dsl: '1.0.3', namespace: n, name: w, version: '{version}'}}\n\
             {schedule}\n\
             do: [{{a: {{set: {{b: 1}}}}}}]\n"
        );
        weir_catalog::compile(&source, "test", &Limits::default()).unwrap()
    }

    fn next(last: Option<&Stored>, program: &Program, now_ms: u64) -> Option<Outgoing> {
        let subject = Subject::timer(InstanceId::for_schedule("n", "w"));
        change(last, program, subject, now_ms)
    }

    fn stored(change: Outgoing, sequence: u64) -> (Stored, Timer) {
        let timer = Timer::decode(&change.payload).unwrap();
        let stored = Stored {
            stream: Stream::Timers,
            sequence,
            stored_at_ms: 0,
            subject: change.subject.to_string(),
            headers: change.all_headers(),
            payload: change.payload,
        };
        (stored, timer)
    }

    #[test]
    fn a_schedule_follows_the_newest_version_and_keeps_its_rhythm() {
        let minutely = "schedule: {every: PT1M}";
        assert_eq!(next(None, &program("1.0.0", ""), 500), None);
        let set = next(None, &program("1.0.0", minutely), 500).unwrap();
        assert_eq!((set.expected_sequence, set.ttl), (Some(0), None));
        let (first, timer) = stored(set, 4);
        assert_eq!((timer.due, timer.revision), (60_500, 1));
        assert_eq!(next(Some(&first), &program("1.0.0", minutely), 700), None);

        let set = next(Some(&first), &program("1.1.0", minutely), 700).unwrap();
        assert_eq!(set.expected_sequence, Some(4));
        let (second, timer) = stored(set, 7);
        assert_eq!((timer.due, timer.revision), (60_500, 2));
        assert_eq!(timer.workflow.version, "1.1.0");

        let set = next(
            Some(&second),
            &program("1.2.0", "schedule: {after: PT1S}"),
            900,
        );
        let (third, timer) = stored(set.unwrap(), 8);
        assert_eq!((timer.due, timer.revision), (1_900, 3));

        let end = next(Some(&third), &program("2.0.0", ""), 900).unwrap();
        assert!(end.payload.is_empty());
        assert_eq!(end.expected_sequence, Some(8));
    }

    #[test]
    fn a_version_with_the_same_pause_waits_for_the_end_that_the_former_waits_for() {
        let pause = "schedule: {after: PT1S}";
        let set = next(None, &program("1.0.0", pause), 0).unwrap();
        let (_, timer) = stored(set.clone(), 4);
        let running = timer.next(1_000).unwrap();
        let (running, _) = stored(Outgoing::new(set.subject, running.encode()), 5);
        let set = next(Some(&running), &program("1.1.0", pause), 2_000).unwrap();
        let (_, replaced) = stored(set, 6);
        let next = replaced.next_after_end(timer.starts().unwrap(), 3_000);
        assert_eq!(next.unwrap().due, 4_000);
    }
}
