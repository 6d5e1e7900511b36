//! What is remembered of the past is what a fresh look at it would find.

use std::sync::RwLock;

use proptest::prelude::*;

use super::{
    super::{
        index::{Found, Index, look_back, read, write},
        window::WindowLimits,
    },
    *,
};

proptest! {
    #[test]
    fn looking_back_again_and_again_finds_the_same(
        types in prop::collection::vec((0..3_u64, 0..3_u64), 1..40),
        looks in prop::collection::vec((0..40_u64, 0..4_usize, 0..3_u64), 1..20),
    ) {
        let programs = Programs::shared();
        let limits = WindowLimits { events_max: 12, bytes_max: usize::MAX };
        let index = RwLock::new(Index::new(limits, true));
        let mut events = Vec::new();
        let mut sequence = 0;
        let mut next = types.into_iter();
        for (number, (since, place, order)) in looks.into_iter().enumerate() {
            for (event_type, order) in next.by_ref().take(2) {
                sequence += 1;
                let name = ["paid", "failed", "other"][usize::try_from(event_type).unwrap()];
                let message = event(sequence, sequence, name, order);
                programs.apply(&mut write(&index), &message);
                events.push((sequence, name, order));
            }
            sequence += 1;
            let reference = [KEYED, EITHER, EVERY, CONTEXTUAL][place];
            let number = u64::try_from(number).unwrap();
            let subscription = listen(number, reference, since, order);
            let message = opened(sequence, sequence, &subscription);
            programs.apply(&mut write(&index), &message);
            let subject = subject(&subscription);
            let open = read(&index).subscriptions.on_subject(subject.as_str()).cloned().unwrap();

            let wanted = events.iter().filter(|(at, name, of)| {
                *at >= since && match reference {
                    KEYED => *name == "paid" && *of == order,
                    EITHER => (*name == "paid" && *of == order) || *name == "failed",
                    CONTEXTUAL => *name == "failed",
                    _ => true,
                }
            });
            let wanted: Vec<u64> = wanted.map(|(at, _, _)| *at).collect();
            match look_back(&index, &open) {
                Found::Events(found, _) => {
                    let found: Vec<u64> = found.iter().map(|event| event.sequence).collect();
                    prop_assert_eq!(found, wanted);
                }
                Found::TooFar => prop_assert!(events.len() > limits.events_max),
            }
        }
    }
}
