//! Journals are told.

use serde_json::json;
use weir_engine::{Activation, Message, Progress, Status};
use weir_insight::{Story, line};
use weir_protocol::v1;

use crate::{Told, after, done};

const TWO: &str = "
do:
- ask: {call: http, with: {method: get, endpoint: 'http://shop'}}
- pause: {wait: PT1M}
";

fn told() -> Told {
    Told::started(TWO, json!({"id": 7})).answered("ask", 2_000, done(json!("open")))
}

#[test]
fn the_state_after_each_decision_is_known() {
    let told = told();
    let story = told.story();
    assert_eq!(story.state(), told.stage.state);
    assert_eq!(story.updated_at(), after(&told, 2_000));
    assert_eq!(story.state_at(0).status, Status::Pending);
    let first = story.state_at(1);
    let ask = &first.tasks[&Activation(1)];
    assert!(matches!(ask.progress, Progress::Acting { .. }));
    assert_eq!(&*story.references()[&Activation(2)], "/do/1/pause");
}

#[test]
fn it_is_read_from_records() {
    let told = told();
    let story = told.story();
    let records: Vec<v1::Record> = story
        .chapters
        .iter()
        .map(|chapter| v1::Record {
            revision: chapter.revision,
            previous: chapter.revision - 1,
            at: chapter.at.0,
            cause: v1::Cause {
                kind: chapter.cause.clone(),
                id: String::new(),
            },
            traceparent: None,
            events: chapter.events.iter().map(v1::Event::from).collect(),
        })
        .collect();
    assert_eq!(Story::of(story.instance, &records).unwrap(), story);
}

#[test]
fn events_are_lines() {
    let cancel = Message::CancelInstance {
        reason: Some("closed".to_owned()),
    };
    let told = told().then(1_000, cancel);
    let story = told.story();
    let names = story.references();
    let events = story.chapters.iter().flat_map(|chapter| &chapter.events);
    let lines = events.filter_map(|event| {
        line(event, &names, |at| {
            format!("{} ms", at.0 - after(&told, 0).0)
        })
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    started with {"id":7}
    ask started, asks for http, until 300000 ms at the latest
    ask completed
    pause started, waits until 62000 ms
    pause cancelled
    cancelled: closed
    "#);
}
