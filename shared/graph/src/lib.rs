//! The control-flow graph of a workflow, and its static bound.
//!
//! `compile` turns a parsed definition into a [`Program`]: every task a node with its expressions
//! compiled, every flow directive an edge, every timeout a deadline. The engine walks the program;
//! the [`Bound`] says, before anything runs, how far it can walk. What compiles but can hardly be
//! meant is in [`Program::warnings`]: diagnostics of the severity `Warning`, whose codes
//! [`weir_definition::diagnostic::explain`] explains.
//!
//! The bound explained (as formulas over the sizes of inputs, with what they assume, task by task
//! and with the costliest path) is what [`analyze`] gives, on demand; with [`analyze_with`] and
//! [`sizes`], for a given input:
//!
//! ```
//! let text = "
//! document: {dsl: 1.0.3, namespace: shop, name: order, version: 1.0.0}
//! do:
//!   - each:
//!       for: {in: .lines}
//!       do:
//!         - book: {call: http, with: {method: post, endpoint: 'https://stock/{sku}'}}
//! ";
//! let definition = weir_definition::parse(text, "order.yaml").map_err(|wrong| wrong.len())?;
//! let program = weir_graph::compile(&definition, &weir_graph::Limits::default())
//!     .map_err(|wrong| wrong.len())?;
//! let analysis = weir_graph::analyze(&program);
//! assert_eq!(analysis.bound.steps, 1001);
//! assert_eq!(analysis.formula(weir_graph::Measure::Steps), "1 + n");
//! assert_eq!(analysis.assumptions[1].text, "n = items of /do/0/each ≤ 1000");
//! let sizes = weir_graph::sizes(&program, &serde_json::json!({"lines": [1, 2, 3]}));
//! assert_eq!(weir_graph::analyze_with(&program, &sizes).bound.steps, 4);
//! # Ok::<(), usize>(())
//! ```

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        reason = "tests fail by panicking"
    )
)]

mod analysis;
mod bound;
mod callees;
mod compile;
mod cycle;
mod filter;
mod flow;
mod kind;
mod limits;
mod program;
mod schedule;

pub use analysis::{Analysis, Assumption, Node, Part, analyze, analyze_with, sizes, span};
pub use bound::formula::{Formula, Formulas};
pub use bound::{Bound, EVENT_BYTES, Measure};
pub use callees::callees_first;
pub use compile::{compile, function_token};
pub use flow::{Via, Way, parts, ways};
pub use kind::{
    Around, AttributeMatch, Authentication, Backoff, Call, Case, Catch, Consumption, Correlation,
    Emit, ErrorFilter, ErrorTemplate, EventFilter, For, Foreach, Function, FunctionCall, HttpCall,
    HttpOutput, Invoke, Kind, Listen, Mode, Read, Retry, Return, RunWorkflow, Shell, Size, Try,
    Until, WorkerCall,
};
pub use limits::Limits;
pub use program::{
    Deadline, Flow, Interval, List, ListIndex, Mapping, Program, Schema, Task, TaskIndex,
    Transform, Trigger, WorkflowRef,
};
pub use schedule::{CronError, Schedule};
pub use weir_definition::duration::{DurationError, parse_value as parse_duration};
