//! `cargo xtask`: names a command and hands over to the library.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is the interface of this program"
)]

use std::env;
use std::process::ExitCode;

use xtask::{ci, repository, setup, test, tidy};

const USAGE: &str = "\
The one entry for work on this repository.

Usage: cargo xtask <COMMAND>

Commands:
  setup        install the tools that are missing into .weir/tools
  test [ARGS]  run all tests; ARGS go to the test runner (doc tests run only without ARGS)
  ci           run every check: fmt, clippy, tidy, deny, tests, docs
  tidy         check the rules of this repository that no other tool knows
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = repository::root().and_then(|root| match (command.as_str(), rest) {
        ("setup", []) => setup::run(&root).map(|_| ()),
        ("test", arguments) => test::run(&root, arguments),
        ("ci", []) => ci::run(&root),
        ("tidy", []) => tidy::run(&root),
        ("help" | "-h" | "--help", _) => {
            print!("{USAGE}");
            Ok(())
        }
        ("setup" | "ci" | "tidy", [unexpected, ..]) => Err(anyhow::anyhow!(
            "`cargo xtask {command}` takes no arguments, got `{unexpected}`"
        )),
        _ => Err(anyhow::anyhow!(
            "there is no command `{command}`; see `cargo xtask help`"
        )),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
