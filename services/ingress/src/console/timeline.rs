//! The timeline: a table of the runs of tasks, each with its bar on a common axis of time.

use maud::{Markup, html};
use weir_engine::Timestamp;
use weir_insight::lasted;

use super::{
    progress::{Progress, Run},
    text,
};

/// More rows than this are left out: those in the middle.
const ROWS_MAX: usize = 400;
/// Units across the whole axis.
const WIDTH: u64 = 1_000;
/// The least that can be seen, in units.
const WIDTH_MIN: u64 = 4;
/// Deeper tasks are not indented further.
const DEPTH_MAX: usize = 8;
/// A bar is drawn within these.
const VIEW_BOX: &str = "0 0 1000 20";

/// From when to when.
struct Axis {
    from: u64,
    to: u64,
    now: Option<u64>,
}

pub(super) fn section(progress: &Progress, now: Timestamp) -> Markup {
    let axis = Axis::of(progress, now);
    let runs = &progress.runs;
    let left_out = runs.len().saturating_sub(ROWS_MAX);
    let half = ROWS_MAX / 2;
    let rows = runs.iter().enumerate();
    let rows =
        rows.filter(|(place, _)| left_out == 0 || *place < half || *place >= half + left_out);
    html! {
        section #timeline aria-labelledby="timeline-title" {
            h2 #timeline-title { "Timeline" }
            @if runs.is_empty() {
                p.quiet { "No task has started yet." }
            } @else {
                div.scroll #timeline-scroll tabindex="0" role="group"
                    aria-labelledby="timeline-title" {
                    table.timeline {
                        thead { tr {
                            th scope="col" { "Task" }
                            th scope="col" { "State" }
                            th.number scope="col" { "Began at" }
                            th.number scope="col" { "Lasted" }
                            th.bar scope="col" { (axis.ruler()) }
                        } }
                        tbody {
                            @for (place, run) in rows {
                                @if left_out > 0 && place == half + left_out {
                                    tr { td.quiet colspan="5" {
                                        (text::count(left_out as u64, "run"))
                                        " are left out here; the history has them."
                                    } }
                                }
                                (row(run, &axis, now))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(run: &Run, axis: &Axis, now: Timestamp) -> Markup {
    let depth = run.depth.min(DEPTH_MAX);
    html! {
        tr {
            th scope="row" class={ "task d" (depth) } {
                span.name title=(run.reference) { (run.name()) }
                @if run.attempts > 1 { span.tag { (run.attempts) " attempts" } }
                @if let Some(note) = &run.note { span.note { (note) } }
            }
            td { (run.look.badge()) }
            td.number {
                "+" (lasted(run.started_at.0.saturating_sub(axis.from)))
            }
            td.number {
                @if let Some(ended) = run.ended_at {
                    (lasted(ended.0.saturating_sub(run.started_at.0)))
                } @else {
                    (text::since(run.started_at, now))
                }
            }
            td.bar { (axis.bar(run)) }
        }
    }
}

impl Axis {
    fn of(progress: &Progress, now: Timestamp) -> Self {
        let from = progress.state.started_at.0;
        let is_over = progress.state.status.is_final();
        let last = if is_over {
            progress.updated_at.0
        } else {
            now.0
        };
        // What is known of the future, unless it would make the past too small to see.
        let span = last.saturating_sub(from).max(1);
        let ends = progress.runs.iter().filter(|run| run.ended_at.is_none());
        let ends = ends.flat_map(|run| [run.until, run.deadline]).flatten();
        let near = ends.map(|at| at.0).filter(|at| *at <= last + 2 * span);
        Self {
            from,
            to: near.max().unwrap_or(last).max(last).max(from + 1),
            now: (!is_over).then_some(now.0),
        }
    }

    fn place(&self, at: u64) -> u64 {
        let at = at.clamp(self.from, self.to) - self.from;
        let place = u128::from(at) * u128::from(WIDTH) / u128::from(self.to - self.from);
        u64::try_from(place).unwrap_or(WIDTH)
    }

    /// Left edge and width of a stretch.
    fn stretch(&self, from: u64, to: u64) -> (u64, u64) {
        let left = self.place(from).min(WIDTH - WIDTH_MIN);
        let width = self.place(to).saturating_sub(left).max(WIDTH_MIN);
        (left, width)
    }

    fn ruler(&self) -> Markup {
        let span = self.to - self.from;
        html! {
            span.ruler {
                span { "0" }
                @for quarter in [2, 4] {
                    span aria-hidden="true" { (lasted(span / 4 * quarter)) }
                }
            }
        }
    }

    fn bar(&self, run: &Run) -> Markup {
        let now = self.now.unwrap_or(self.to);
        let (left, width) = self.stretch(run.started_at.0, run.ended_at.map_or(now, |at| at.0));
        let ahead = run.until.filter(|_| run.ended_at.is_none());
        let deadline = run
            .deadline
            .filter(|at| run.ended_at.is_none() && at.0 <= self.to);
        html! {
            svg.bar viewBox=(VIEW_BOX) preserveAspectRatio="none" aria-hidden="true" {
                @for quarter in [250, 500, 750] {
                    rect.grid x=(quarter) y="0" width="1" height="20" {}
                }
                @if let Some(until) = ahead {
                    @let (left, width) = self.stretch(now, until.0);
                    rect.ahead x=(left) y="7" width=(width) height="6" {}
                }
                rect class={ "run " (run.look.word()) } x=(left) y="4" width=(width) height="12" {}
                @for (from, to) in &run.pauses {
                    @let (left, width) = self.stretch(from.0, to.0.min(now));
                    rect.pause x=(left) y="4" width=(width) height="12" {}
                }
                @if let Some(deadline) = deadline {
                    rect.deadline x=(self.place(deadline.0).min(WIDTH - 3)) y="0" width="3"
                        height="20" {}
                }
            }
        }
    }
}
