//! Valid documents, broken at random: each is fine, or is refused with a place. Nothing panics.
//!
//! `WEIR_SEED` runs one mutation again; a failure says which.

use std::{env, thread};

use weir_graph::{Measure, analyze};

use crate::{check_place, compiled};

const MUTATIONS: u64 = 10_000;
const THREADS: u64 = 4;

/// Small documents that together have everything.
const VALID: [&str; 4] = [
    include_str!("../../../../examples/hello.yaml"),
    include_str!("documents/calls.yaml"),
    include_str!("documents/events.yaml"),
    include_str!("documents/flow.yaml"),
];

/// What an author may type by mistake.
const PIECES: [&str; 24] = [
    ":", "-", " ", "  ", "\n", "\t", "{", "}", "[", "]", "'", "\"", "#", "&a", "*a", "|", "${",
    ".", "$", "0", "end", "null", "é", "\u{0}",
];

/// splitmix64
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = (z ^ (z >> 31)) % u64::try_from(limit.max(1)).unwrap();
        usize::try_from(number).unwrap()
    }

    fn of<'a>(&mut self, pieces: &[&'a str]) -> &'a str {
        pieces[self.below(pieces.len())]
    }
}

#[test]
fn what_was_valid_is_valid() {
    for text in VALID {
        if let Err(wrong) = compiled(text) {
            panic!("{wrong:#?}");
        }
    }
}

#[test]
fn a_broken_document_is_fine_or_refused_with_a_place() {
    if let Ok(seed) = env::var("WEIR_SEED") {
        let text = mutated(seed.parse().unwrap());
        println!("{text}");
        check(&text);
        return;
    }
    let workers: Vec<_> = (0..THREADS)
        .map(|worker| {
            thread::spawn(move || {
                let seeds = (worker..MUTATIONS).step_by(usize::try_from(THREADS).unwrap());
                let refused = seeds.filter(|seed| {
                    let text = mutated(*seed);
                    let checked = std::panic::catch_unwind(|| check(&text));
                    checked.unwrap_or_else(|_| panic!("WEIR_SEED={seed}:\n{text}"))
                });
                refused.count()
            })
        })
        .collect();
    let refused: usize = workers.into_iter().map(|one| one.join().unwrap()).sum();
    println!("{refused} of {MUTATIONS} are refused");
    // Otherwise the mutations break nothing, or nothing but the syntax of all.
    assert!((5_000..9_500).contains(&refused), "{refused} are refused");
}

/// Whether it is refused.
fn check(text: &str) -> bool {
    match compiled(text) {
        Ok(program) => {
            for warning in &program.warnings {
                check_place(warning, text);
            }
            let analysis = analyze(&program);
            assert_eq!(analysis.bound, program.bound);
            for measure in Measure::ALL {
                assert!(!analysis.formula(measure).is_empty());
            }
            false
        }
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused in silence");
            for diagnostic in &wrong {
                check_place(diagnostic, text);
                assert!(diagnostic.position.line > 0 && !diagnostic.remedy.is_empty());
                assert!(
                    diagnostic
                        .render(text, "order.yaml")
                        .contains(diagnostic.code)
                );
            }
            true
        }
    }
}

/// One to three mutations of one of the documents.
fn mutated(seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = random.of(&VALID).to_owned();
    for _ in 0..=random.below(3) {
        text = mutate(&mut random, &text);
    }
    text
}

fn mutate(random: &mut Random, text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(9) {
        0 if !lines.is_empty() => {
            lines.remove(one);
        }
        1 if !lines.is_empty() => lines.insert(other, lines[one]),
        2 if !lines.is_empty() => lines.swap(one, other),
        3 if !lines.is_empty() => {
            let moved = if random.below(2) == 0 {
                format!("  {}", lines[one])
            } else {
                lines[one]
                    .strip_prefix("  ")
                    .unwrap_or(lines[one])
                    .to_owned()
            };
            lines[one] = &moved;
            return lines.join("\n");
        }
        4 => return replace_word(random, text),
        5 => return text.chars().take(random.below(text.len())).collect(),
        6 => {
            let mut chars: Vec<char> = text.chars().collect();
            if !chars.is_empty() {
                chars.remove(random.below(chars.len()));
            }
            return chars.into_iter().collect();
        }
        _ => {
            let place = random.below(text.chars().count());
            let piece = random.of(&PIECES);
            let (before, after): (Vec<_>, Vec<_>) =
                text.chars().enumerate().partition(|(at, _)| *at < place);
            let join = |chars: Vec<(usize, char)>| -> String {
                chars.into_iter().map(|(_, char)| char).collect()
            };
            return format!("{}{piece}{}", join(before), join(after));
        }
    }
    lines.join("\n")
}

/// Puts a word of the document in the place of another: names that exist, but not there.
fn replace_word(random: &mut Random, text: &str) -> String {
    let is_word = |char: char| char.is_ascii_alphanumeric();
    let words: Vec<&str> = text
        .split(|char| !is_word(char))
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return text.to_owned();
    }
    let (old, new) = (random.of(&words), random.of(&words));
    let places: Vec<usize> = text.match_indices(old).map(|(place, _)| place).collect();
    let place = places[random.below(places.len())];
    format!("{}{new}{}", &text[..place], &text[place + old.len()..])
}
