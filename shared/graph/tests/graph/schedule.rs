//! Times at which instances start by themselves.

use insta::assert_snapshot;
use weir_graph::Schedule;

use crate::{compile, refused};

const TASKS: &str = "do: [a: {set: {b: 1}}]\n";

fn compiled(schedule: &str) -> Schedule {
    compile(&format!("schedule: {schedule}\n{TASKS}"))
        .schedule
        .unwrap()
}

fn ms(time: &str) -> u64 {
    let time: jiff::Timestamp = time.parse().unwrap();
    time.as_millisecond().try_into().unwrap()
}

/// The first ticks after a time, a line each.
fn ticks(schedule: &Schedule, from: &str, count: usize) -> String {
    let mut tick = schedule.first(ms(from)).unwrap();
    let mut lines = Vec::new();
    for _ in 0..count {
        let time = jiff::Timestamp::from_millisecond(tick.try_into().unwrap()).unwrap();
        lines.push(time.to_string());
        tick = schedule.next(tick, tick).unwrap();
    }
    lines.join("\n")
}

#[test]
fn every_keeps_its_rhythm_and_leaves_out_what_was_missed() {
    let every = compiled("{every: {seconds: 10}}");
    assert_eq!(every, Schedule::Every { ms: 10_000 });
    assert_eq!(every.first(1_500), Some(11_500));
    assert_eq!(every.next(11_500, 11_500), Some(21_500));
    assert_eq!(
        every.next(11_500, 21_499),
        Some(21_500),
        "late, but in time for the next"
    );
    assert_eq!(
        every.next(11_500, 21_500),
        Some(31_500),
        "that one is there already"
    );
    assert_eq!(every.next(11_500, 95_000), Some(101_500));
    assert_eq!(
        every.next(11_500, 0),
        Some(21_500),
        "the clock was set back"
    );
}

#[test]
fn the_bound_tells_how_many_run_at_once() {
    let tasks = "timeout: {after: PT1M}\ndo: [a: {wait: PT1H}]\n";
    let program = compile(&format!("schedule: {{every: PT25S}}\n{tasks}"));
    let analysis = weir_graph::analyze(&program);
    let texts = analysis.assumptions.iter().map(|one| one.text.as_str());
    let told = texts
        .filter(|text| text.contains("at once"))
        .collect::<String>();
    assert_eq!(told, "≤ 3 instances run at once: one starts every 25 s");
}

#[test]
fn after_counts_from_the_end() {
    let after = compiled("{after: PT1M}");
    assert_eq!(after.first(1_500), Some(61_500));
    assert_eq!(after.next(61_500, 100_000), Some(160_000));
}

#[test]
fn cron_goes_by_the_time_zone_s_clock() {
    let utc = compiled("{cron: '30 2 * * *'}");
    assert_snapshot!(ticks(&utc, "2024-03-30T02:30:00Z", 2), @r"
    2024-03-31T02:30:00Z
    2024-04-01T02:30:00Z
    ");
    // On 31 March clocks go from 2:00 to 3:00 (1:00 in UTC): 2:30 is not there, so it is at once.
    let berlin = compiled("{cron: 'CRON_TZ=Europe/Berlin 30 2 * * *'}");
    assert_snapshot!(ticks(&berlin, "2024-03-29T12:00:00Z", 3), @r"
    2024-03-30T01:30:00Z
    2024-03-31T01:00:00Z
    2024-04-01T00:30:00Z
    ");
    // On 27 October they go back from 3:00 to 2:00: 2:30 is there twice, and counts once.
    assert_snapshot!(ticks(&berlin, "2024-10-26T12:00:00Z", 3), @r"
    2024-10-27T00:30:00Z
    2024-10-28T01:30:00Z
    2024-10-29T01:30:00Z
    ");
    // What repeats within the hour goes on through both.
    let often = compiled("{cron: 'CRON_TZ=Europe/Berlin */30 2 * * *'}");
    assert_snapshot!(ticks(&often, "2024-10-26T12:00:00Z", 5), @r"
    2024-10-27T00:00:00Z
    2024-10-27T00:30:00Z
    2024-10-27T01:00:00Z
    2024-10-27T01:30:00Z
    2024-10-28T01:00:00Z
    ");
    let seconds = compiled("{cron: '*/20 * * * * *'}");
    assert_snapshot!(ticks(&seconds, "2024-01-01T00:00:01Z", 3), @r"
    2024-01-01T00:00:20Z
    2024-01-01T00:00:40Z
    2024-01-01T00:01:00Z
    ");
}

#[test]
fn refuses_what_names_no_time() {
    let all = [
        "{cron: '0 25 * * *'}",
        "{cron: '0 0 * *'}",
        "{cron: '0 0 30 2 *'}",
        "{cron: 'CRON_TZ=Europe/Berlino 0 0 * * *'}",
        "{cron: 'CRON_TZ=Europe/Berlin'}",
        "{cron: '0 0 0 1 1 * 2030'}",
        "{every: '${ .pause }'}",
        "{every: PT1S, after: PT1S}",
    ];
    let all = all.map(|schedule| refused(&format!("schedule: {schedule}\n{TASKS}")));
    assert_snapshot!(all.join("\n"), @r"
    1:12 E109 `0 25 * * *` is no schedule: Component error: Number out of bounds.
    1:12 E109 `0 0 * *` is no schedule: Invalid pattern: Pattern must have 5 or 6 fields when years are disallowed.
    1:12 E109 `0 0 30 2 *` is no schedule: there never is such a time
    1:12 E109 `CRON_TZ=Europe/Berlino 0 0 * * *` is no schedule: there is no time zone `Europe/Berlino`
    1:12 E109 `CRON_TZ=Europe/Berlin` is no schedule: there are no fields
    1:12 E109 `0 0 0 1 1 * 2030` is no schedule: Invalid pattern: Pattern must have 5 or 6 fields when years are disallowed.
    1:12 E108 a schedule cannot be computed: there is no instance yet
    1:25 E104 `schedule` with both `every` and `after` is not supported yet
    ");
}
