//! `docs/first-mistakes.md`, run from top to bottom.
//!
//! A block of YAML that begins with `# NAME` is a file, a `diff` changes the file before, and a
//! `console` block has commands and what they print. `WEIR_UPDATE=1` writes what they print.

use std::{env, fs, path::Path};

use crate::{root, weir};

#[test]
fn the_page_of_first_mistakes_is_true() {
    let path = root().join("docs/first-mistakes.md");
    let page = fs::read_to_string(&path).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let replayed = replay(&page, folder.path());
    if env::var_os("WEIR_UPDATE").is_some() {
        fs::write(&path, &replayed).unwrap();
    }
    assert!(
        timeless(&page) == timeless(&replayed),
        "the page is old, WEIR_UPDATE=1 writes:\n{replayed}"
    );
}

/// The page with what its commands really print.
fn replay(page: &str, folder: &Path) -> String {
    let mut out = String::new();
    let mut changed = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        let Some(language) = line.strip_prefix("```") else {
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match (
            language,
            block.first().and_then(|first| first.strip_prefix("# ")),
        ) {
            ("yaml", Some(name)) => {
                fs::write(folder.join(name), block.join("\n")).unwrap();
                name.clone_into(&mut changed);
            }
            ("diff", _) => change(&folder.join(&changed), &block),
            _ => {}
        }
        let is_console = language == "console";
        for line in block {
            match line.strip_prefix("$ weir ").filter(|_| is_console) {
                Some(arguments) => {
                    let arguments: Vec<&str> = arguments.split(' ').collect();
                    let (_, printed) = weir(folder, &arguments);
                    out.extend([line, "\n", &printed]);
                }
                None if is_console => {}
                None => out.extend([line, "\n"]),
            }
        }
        out.push_str("```\n");
    }
    out
}

/// Replaces each run of `-` lines by the run of `+` lines after it.
fn change(file: &Path, diff: &[&str]) {
    let mut text = fs::read_to_string(file).unwrap() + "\n";
    for hunk in diff.chunk_by(|before, after| !(before.starts_with('+') && after.starts_with('-')))
    {
        let side = |sign| {
            let lines = hunk.iter().filter_map(|line| line.strip_prefix(sign));
            lines.flat_map(|line| [line, "\n"]).collect::<String>()
        };
        let (old, new) = (side('-'), side('+'));
        assert_eq!(text.matches(&old).count(), 1, "{old}");
        text = text.replace(&old, &new);
    }
    fs::write(file, text).unwrap();
}

/// Without what a run took.
fn timeless(page: &str) -> String {
    let lines = page.lines().map(|line| match line.rsplit_once(" in ") {
        Some((before, took)) if took.ends_with(" ms") => before,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}
