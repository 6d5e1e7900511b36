//! Regular expressions, on the `regex` crate: no backtracking, so linear in the searched text.
//!
//! What a byte of text costs depends on the size of the compiled pattern, which `a{1000}` makes
//! large from little source; patterns are compiled into the smallest of a few sizes they fit in,
//! and the size decides the price.

use std::rc::Rc;

use jaq_core::native::bome;
use regex::{Captures, RegexBuilder};

use super::{Named, not_a, valued};
use crate::meter::{self, Pattern};
use crate::value::{Error, Key, Object, Val, ValR, exhausted};

/// Sizes of compiled patterns in bytes, with the steps that 64 bytes of text cost.
const SIZES: [(usize, usize); 3] = [(64 << 10, 4), (256 << 10, 16), (1 << 20, 64)];

pub(super) fn filters() -> Vec<Named> {
    vec![
        valued("_matches", 2, |mut cv| {
            let (flags, pattern) = (cv.0.pop_var(), cv.0.pop_var());
            bome(matches(&cv.1, &pattern, &flags))
        }),
        valued("_test", 2, |mut cv| {
            let (flags, pattern) = (cv.0.pop_var(), cv.0.pop_var());
            bome(Search::new(&cv.1, &pattern, &flags).and_then(|search| {
                search.pay(search.text.len())?;
                Ok(Val::Bool(search.pattern.regex.is_match(search.text)))
            }))
        }),
        valued("_pieces", 2, |mut cv| {
            let (flags, pattern) = (cv.0.pop_var(), cv.0.pop_var());
            bome(pieces(&cv.1, &pattern, &flags))
        }),
    ]
}

/// One search: all its parts, checked.
struct Search<'a> {
    text: &'a str,
    pattern: Pattern,
    all: bool,
    skip_empty: bool,
}

impl<'a> Search<'a> {
    fn new(value: &'a Val, pattern: &Val, flags: &Val) -> Result<Self, Error> {
        let text = value.as_str().ok_or_else(|| {
            Error::str(format_args!(
                "{} cannot be matched, as it is not a string",
                value.kind()
            ))
        })?;
        let source = pattern
            .as_str()
            .ok_or_else(|| not_a(pattern, "a regular expression"))?;
        let flags = match flags {
            Val::Null(_) => "",
            Val::Str(flags) => flags,
            Val::Bool(_) | Val::Num(_) | Val::Arr(_) | Val::Obj(_) => {
                return Err(not_a(flags, "a string of flags"));
            }
        };
        if let Some(unknown) = flags.chars().find(|flag| !"ginpsx".contains(*flag)) {
            return Err(Error::str(format_args!(
                "`{unknown}` is not a supported regex flag"
            )));
        }
        let pattern = meter::pattern(source, flags, || compile(source, flags));
        let pattern = pattern.map_err(Error::str)?;
        Ok(Self {
            text,
            pattern,
            all: flags.contains('g'),
            skip_empty: flags.contains('n'),
        })
    }

    fn pay(&self, bytes: usize) -> Result<(), Error> {
        let price = 8 + (bytes.saturating_mul(self.pattern.cost) / 64) as u64;
        if meter::tick(price) {
            Ok(())
        } else {
            Err(exhausted())
        }
    }

    /// Calls `found` for each match, with its place in characters.
    fn each(
        &self,
        mut found: impl FnMut(&Captures<'a>, &mut Characters<'a>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut characters = Characters {
            text: self.text,
            byte: 0,
            character: 0,
        };
        let regex = &self.pattern.regex;
        for captures in regex.captures_iter(self.text) {
            let whole = captures.get_match();
            // A search may look through all that remains before it finds what is near.
            self.pay(self.text.len() - whole.start())?;
            if self.skip_empty && whole.is_empty() {
                continue;
            }
            found(&captures, &mut characters)?;
            if !self.all {
                break;
            }
        }
        self.pay(self.text.len())
    }
}

/// Counts characters up to a byte; fast if asked in order.
struct Characters<'a> {
    text: &'a str,
    byte: usize,
    character: usize,
}

impl Characters<'_> {
    fn up_to(&mut self, byte: usize) -> usize {
        if byte < self.byte {
            (self.byte, self.character) = (0, 0);
        }
        self.character += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.character
    }
}

fn compile(source: &str, flags: &str) -> Result<Pattern, String> {
    for (size, cost) in SIZES {
        if !meter::tick((100 + source.len() * 4 + size / 256) as u64) {
            return Err("stopped".to_owned());
        }
        let built = RegexBuilder::new(source)
            .case_insensitive(flags.contains('i'))
            .ignore_whitespace(flags.contains('x'))
            .dot_matches_new_line(flags.contains('p'))
            .size_limit(size)
            .dfa_size_limit(size)
            .nest_limit(64)
            .build();
        match built {
            Ok(regex) => {
                return Ok(Pattern {
                    regex: Rc::new(regex),
                    cost,
                });
            }
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(error) => return Err(format!("invalid regular expression: {error}")),
        }
    }
    Err("the regular expression is too large".to_owned())
}

/// jq's match objects.
fn matches(value: &Val, pattern: &Val, flags: &Val) -> ValR {
    let search = Search::new(value, pattern, flags)?;
    let mut found = Vec::new();
    search.each(|captures, characters| {
        let whole = captures.get_match();
        let mut object = place(Some((whole.start(), whole.as_str())), characters)?;
        let names = search.pattern.regex.capture_names().skip(1);
        let groups = names.zip(captures.iter().skip(1)).map(|(name, group)| {
            let group = group.map(|group| (group.start(), group.as_str()));
            let mut object = place(group, characters)?;
            object.insert(Key::from("name"), name.map_or(Val::NULL, Val::string));
            object.admitted()
        });
        let groups = groups.collect::<Result<_, _>>()?;
        object.insert(Key::from("captures"), Val::array(groups)?);
        found.push(object.admitted()?);
        Ok(())
    })?;
    Val::array(found)
}

fn place(part: Option<(usize, &str)>, characters: &mut Characters<'_>) -> Result<Object, Error> {
    let mut object = Object::empty();
    let (offset, length, string) = match part {
        Some((start, text)) => {
            if !meter::tick_bytes(text.len()) {
                return Err(exhausted());
            }
            let offset = Val::int(characters.up_to(start));
            (offset, text.chars().count(), Val::string(text))
        }
        None => (Val::from(-1_isize), 0, Val::NULL),
    };
    object.insert(Key::from("offset"), offset);
    object.insert(Key::from("length"), Val::int(length));
    object.insert(Key::from("string"), string);
    Ok(object)
}

/// The text cut at its matches: strings between them, and objects of the named groups for them.
fn pieces(value: &Val, pattern: &Val, flags: &Val) -> ValR {
    let search = Search::new(value, pattern, flags)?;
    let mut pieces = Vec::new();
    let mut end = 0;
    search.each(|captures, _| {
        let whole = captures.get_match();
        let mut groups = Object::empty();
        for name in search.pattern.regex.capture_names().flatten() {
            let group = captures
                .name(name)
                .map_or(Val::NULL, |group| Val::string(group.as_str()));
            groups.insert(Key::from(name), group);
        }
        pieces.push(Val::text(&search.text[end..whole.start()])?);
        pieces.push(groups.admitted()?);
        end = whole.end();
        Ok(())
    })?;
    pieces.push(Val::text(&search.text[end..])?);
    Val::array(pieces)
}
