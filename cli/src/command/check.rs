//! `weir check`: offline, all that is wrong at once.

mod json;
mod sarif;
mod text;

use serde_json::Value;

use super::source::{Checked, Rules};
use crate::{
    args::{Args, Check},
    output::{Exit, Output},
};

pub(super) use self::json::{bound, diagnostic as to_json};
pub(super) use self::text::Told;

/// Ends like the worst of the files: not valid, then not readable. Warnings alone are fine.
pub(crate) fn check(args: &Args, check: &Check, output: &Output) -> anyhow::Result<Exit> {
    let rules = Rules::of(args)?;
    let files = check.files.iter().map(|file| Checked::read(file, &rules));
    let (mut exit, mut told) = (Exit::Done, Told::default());
    let mut all = Vec::new();
    for file in files {
        exit = match (exit, file.exit()) {
            (Exit::Invalid, _) | (_, Exit::Done) => exit,
            (_, worse) => worse,
        };
        if check.sarif {
            all.push(file);
        } else {
            print(&file, &mut told, output);
        }
    }
    if check.sarif {
        output.print(&Value::Null, || sarif::log(&all));
    }
    Ok(exit)
}

/// Says what was found in a file; what a code means only when it comes first.
pub(super) fn print(file: &Checked, told: &mut Told, output: &Output) {
    output.print(&json::file(file), || told.file(file));
}
