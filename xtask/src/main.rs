//! `cargo xtask`: names a command and hands over to the library.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the terminal is the interface of this program"
)]

use std::env;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::{ci, demo, repository, setup, sim, test, tidy};

/// What can follow `cargo xtask`. To add one: a module of the library, and an entry here.
const TASKS: [Task; 6] = [
    Task {
        name: "setup",
        about: "find the tools, install what is missing into .weir/tools",
        run: Run::Plain(|root| setup::all(root).map(|_| ())),
    },
    Task {
        name: "demo",
        about: "run the order example twice: with and without the payment's confirmation",
        run: Run::Plain(demo::run),
    },
    Task {
        name: "test",
        about: "run all tests; what follows goes to the test runner (and leaves out doc tests)",
        run: Run::WithArguments(test::run),
    },
    Task {
        name: "sim",
        about: "simulate the services under faults: --seed N (0) --runs N (1000)",
        run: Run::WithArguments(sim::run),
    },
    Task {
        name: "tidy",
        about: "check the rules of this repository that no other tool knows",
        run: Run::Plain(tidy::run),
    },
    Task {
        name: "ci",
        about: "run every check: fmt, clippy, tidy, deny, docs, tests",
        run: Run::Plain(ci::run),
    },
];

struct Task {
    name: &'static str,
    about: &'static str,
    run: Run,
}

/// What to call with the root folder, and with the arguments if the task takes any.
enum Run {
    Plain(fn(&Path) -> Result<()>),
    WithArguments(fn(&Path, &[String]) -> Result<()>),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let done = match arguments.split_first() {
        None => {
            eprint!("{}", usage());
            return ExitCode::from(2);
        }
        Some((help, _)) if ["help", "-h", "--help"].contains(&help.as_str()) => {
            print!("{}", usage());
            Ok(())
        }
        Some((name, rest)) => run(name, rest),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, arguments: &[String]) -> Result<()> {
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        bail!("there is no task `{name}`; `cargo xtask help` lists them");
    };
    let root = repository::root()?;
    match (&task.run, arguments) {
        (Run::WithArguments(run), _) => run(&root, arguments),
        (Run::Plain(run), []) => run(&root),
        (Run::Plain(_), [first, ..]) => bail!("`{name}` takes no arguments, but got `{first}`"),
    }
}

fn usage() -> String {
    let tasks = TASKS
        .map(|Task { name, about, .. }| format!("  {name:8} {about}"))
        .join("\n");
    format!(
        "The one entry for work on this repository.\n\n\
         Usage: cargo xtask <TASK>\n\n\
         Tasks:\n{tasks}\n"
    )
}
