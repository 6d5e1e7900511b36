//! The budget of the running evaluation.
//!
//! jq values know nothing of the program that handles them, so the budget cannot be handed to
//! their operations: it lives beside them, in the thread. [`run`] grants it, every operation
//! takes from it with [`tick`], and once it is used up everything fails until `run` returns.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use regex::Regex;

use crate::Limits;

/// Most levels of arrays and objects in any value that a program reads or builds.
///
/// Less than the 128 levels JSON parsers commonly accept, so that a result still fits inside the
/// envelopes it is stored and sent in.
pub const DEPTH_MAX: usize = 100;

/// Bytes that count as one step where a value is handled as a whole.
const BYTES_PER_STEP: usize = 64;

/// Regular expressions kept per evaluation; one more starts afresh.
const PATTERNS_MAX: usize = 32;

/// Why an evaluation was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Steps,
    Bytes,
    Depth,
}

/// A compiled regular expression, and what one byte of searched text costs.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub regex: Rc<Regex>,
    pub cost: usize,
}

struct Meter {
    /// Zero outside of [`run`] and once stopped.
    steps: Cell<u64>,
    bytes_max: Cell<usize>,
    stopped: Cell<Option<Stop>>,
    patterns: RefCell<BTreeMap<String, Pattern>>,
}

thread_local! {
    static METER: Meter = const {
        Meter {
            steps: Cell::new(0),
            bytes_max: Cell::new(0),
            stopped: Cell::new(None),
            patterns: RefCell::new(BTreeMap::new()),
        }
    };
}

/// Runs `work` under the given limits.
///
/// # Errors
/// The budget ran out, whatever the work made of that.
pub(crate) fn run<T>(limits: &Limits, work: impl FnOnce() -> T) -> Result<T, Stop> {
    /// Takes the budget away again, also when `work` panics.
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            METER.with(|meter| {
                meter.steps.set(0);
                meter.patterns.borrow_mut().clear();
            });
        }
    }
    METER.with(|meter| {
        meter.steps.set(limits.steps_max);
        meter.bytes_max.set(limits.output_bytes_max);
        meter.stopped.set(None);
    });
    let _reset = Reset;
    let result = work();
    METER
        .with(|meter| meter.stopped.get())
        .map_or(Ok(result), Err)
}

/// Takes steps from the budget; false if it is used up.
pub(crate) fn tick(steps: u64) -> bool {
    METER.with(|meter| match meter.steps.get().checked_sub(steps) {
        Some(left) if left > 0 => {
            meter.steps.set(left);
            true
        }
        Some(_) | None => {
            stop(Stop::Steps);
            false
        }
    })
}

/// As [`tick`], for handling a value or text of so many bytes.
pub(crate) fn tick_bytes(bytes: usize) -> bool {
    tick(1 + (bytes / BYTES_PER_STEP) as u64)
}

/// Ends the evaluation. The first reason counts.
pub(crate) fn stop(reason: Stop) {
    METER.with(|meter| {
        meter.steps.set(0);
        if meter.stopped.get().is_none() {
            meter.stopped.set(Some(reason));
        }
    });
}

/// Whether a value of this size and depth may be built; if not, the evaluation is stopped.
pub(crate) fn admits(bytes: usize, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        stop(Stop::Depth);
        return false;
    }
    if bytes > METER.with(|meter| meter.bytes_max.get()) {
        stop(Stop::Bytes);
        return false;
    }
    true
}

/// The compiled pattern for this source and these flags, built on first use in this evaluation.
pub(crate) fn pattern(
    source: &str,
    flags: &str,
    compile: impl FnOnce() -> Result<Pattern, String>,
) -> Result<Pattern, String> {
    METER.with(|meter| {
        let mut patterns = meter.patterns.borrow_mut();
        let key = format!("{flags}/{source}");
        if let Some(known) = patterns.get(&key) {
            return Ok(known.clone());
        }
        let built = compile()?;
        if patterns.len() >= PATTERNS_MAX {
            patterns.clear();
        }
        patterns.insert(key, built.clone());
        Ok(built)
    })
}
