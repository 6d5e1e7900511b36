//! Rust text as tidy needs it: the code without its comments and literals, and which of it is tests.
//!
//! This is no parser. It tells code from text and finds the extent of an item, which is enough to
//! search for names without stumbling over documentation that mentions them.

use std::ops::Range;

use self::mask::mask;

mod mask;

/// A Rust file.
#[derive(Debug)]
pub struct RustSource {
    /// The file with comments and the insides of literals blanked, byte for byte as long.
    code: String,
    /// The bytes only tests compile.
    tests: Vec<Range<usize>>,
    /// The modules declared for tests only and kept in files of their own.
    test_modules: Vec<String>,
}

impl RustSource {
    /// Reads any text; what is no Rust gives no useful answer, but no failure either.
    pub fn parse(text: &str) -> Self {
        let code = mask(text);
        let mut source = Self {
            code,
            tests: Vec::new(),
            test_modules: Vec::new(),
        };
        if source.code.contains("#![cfg(test") {
            source.mark_as_test();
        }
        source.find_test_items();
        source
    }

    /// Says that all of it is compiled by tests only.
    pub fn mark_as_test(&mut self) {
        self.tests = std::iter::once(0..self.code.len()).collect();
    }

    /// The modules declared as `#[cfg(test)] mod name;`.
    pub fn test_modules(&self) -> &[String] {
        &self.test_modules
    }

    /// Whether only tests compile what is at `offset`.
    pub fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The code, to be searched.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The line of `offset`, counted from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.code
            .as_bytes()
            .iter()
            .take(offset)
            .filter(|&&byte| byte == b'\n')
            .count()
            + 1
    }

    /// Where `name` stands as a whole: not as a part of a longer identifier.
    pub fn occurrences(&self, name: &str) -> impl Iterator<Item = usize> {
        let bytes = self.code.as_bytes();
        let in_word = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        // A name like `rand::` says itself where it ends.
        let ends_in_word = name.ends_with(|last: char| last.is_alphanumeric());
        self.code
            .match_indices(name)
            .map(|(at, _)| at)
            .filter(move |&at| {
                let longer = ends_in_word && in_word(Some(at + name.len()));
                !in_word(at.checked_sub(1)) && !longer
            })
    }

    fn find_test_items(&mut self) {
        for attribute in ["#[cfg(test)]", "#[cfg(all(test"] {
            for (start, _) in self.code.match_indices(attribute) {
                let (head, end) = item_after(&self.code, start);
                self.tests.push(start..end);
                let declared = head.trim().strip_suffix(';').and_then(|head| {
                    let (_, name) = head.rsplit_once("mod ")?;
                    Some(name.trim().to_owned())
                });
                self.test_modules.extend(declared);
            }
        }
    }
}

/// The head of the item whose first attribute is at `start` (up to its body or its semicolon), and
/// where the item ends.
fn item_after(code: &str, start: usize) -> (&str, usize) {
    let mut head = start;
    let mut depth = 0_usize;
    let mut body = false;
    let mut in_attribute = false;
    for (at, byte) in code.bytes().enumerate().skip(start) {
        match byte {
            b'#' if depth == 0 => in_attribute = true,
            b'(' | b'[' => depth += 1,
            b'{' => {
                body |= depth == 0;
                depth += 1;
            }
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && in_attribute && byte == b']' {
                    in_attribute = false;
                    head = at + 1;
                } else if depth == 0 && body {
                    return (slice(code, head..at + 1), at + 1);
                }
            }
            b';' if depth == 0 => return (slice(code, head..at + 1), at + 1),
            _ => {}
        }
    }
    (slice(code, head..code.len()), code.len())
}

fn slice(code: &str, range: Range<usize>) -> &str {
    code.get(range).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::RustSource;

    #[test]
    fn names_are_found_in_code_only_and_whole() {
        let source = RustSource::parse("// rand\nlet a = \"rand\"; strand(); rand(); rand2();");
        let lines: Vec<_> = source
            .occurrences("rand")
            .map(|at| source.line(at))
            .collect();
        assert_eq!(lines, [2]);
    }

    #[test]
    fn a_test_item_ends_where_its_body_ends() {
        let text = "fn before() {}\n#[cfg(test)]\n#[allow(a)]\nmod tests { fn f(a: [u8; 2]) {} }\nfn after() {}";
        let source = RustSource::parse(text);
        let is_test = |name| source.is_test(text.find(name).unwrap());
        assert!(!is_test("before"));
        assert!(is_test("fn f"));
        assert!(!is_test("after"));
        assert_eq!(source.test_modules(), &[] as &[String]);
    }

    #[test]
    fn a_test_module_elsewhere_is_named() {
        let source = RustSource::parse("#[cfg(test)]\npub mod given;\nmod other;");
        assert_eq!(source.test_modules(), ["given"]);
    }
}
