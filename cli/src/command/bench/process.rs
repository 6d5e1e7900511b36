//! Memory and processor time of processes, as Linux tells them.

use std::fs;

use serde_json::{Value, json};

/// Ticks per second in `/proc`: the same on every Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// A process that is watched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    pub name: &'static str,
    pub pid: u32,
}

impl Process {
    /// Processor time used so far, in milliseconds, all threads; 0 where it cannot be known.
    pub fn cpu_ms(&self) -> f64 {
        let ticks = || -> Option<u64> {
            let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
            // The second field is a name in parentheses, with whatever in it.
            let fields = stat.rsplit_once(')')?.1;
            let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
            Some(times.next()?.ok()? + times.next()?.ok()?)
        };
        let ticks = u32::try_from(ticks().unwrap_or_default()).unwrap_or(u32::MAX);
        f64::from(ticks) * 1000.0 / TICKS_PER_SECOND
    }

    /// Memory: resident now and at most so far, in MB.
    pub fn memory(&self) -> Value {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let megabytes = |field: &str| -> Option<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(kilobytes / 1024)
        };
        json!({"process": self.name, "residentMb": megabytes("VmRSS"), "peakMb": megabytes("VmHWM")})
    }
}
