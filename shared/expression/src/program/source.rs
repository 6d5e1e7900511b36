//! Parsing, and what must hold before: jaq's lexer, parser and interpreter recurse.

use jaq_core::load::lex::{self, StrPart, Tok, Token};
use jaq_core::load::parse::{self, Term};
use jaq_core::load::{Lexer, Parser};

use crate::{CompileError, Limits};

/// Most operators, keywords and path steps in a row; those of the deepest block inside are added.
const CHAIN_MAX: usize = 500;

/// Keywords that nest what follows them, and operators that are words. They count twice, since
/// the parser takes most of the stack for them.
const NESTING: [&str; 10] = [
    "def", "if", "elif", "try", "label", "reduce", "foreach", "as", "and", "or",
];

pub(super) fn parse<'s>(text: &'s str, limits: &Limits) -> Result<Term<&'s str>, CompileError> {
    if text.len() > limits.source_bytes_max {
        return Err(CompileError {
            message: format!(
                "the expression has {} bytes, more than the {} allowed",
                text.len(),
                limits.source_bytes_max
            ),
            offset: limits.source_bytes_max,
        });
    }
    if let Some(offset) = too_nested(text, limits.nesting_max) {
        return Err(CompileError {
            message: format!("brackets are nested more than {} deep", limits.nesting_max),
            offset,
        });
    }
    let tokens = Lexer::new(text)
        .lex()
        .map_err(|errors| lexical(text, errors))?;
    if let Some(Token(word @ ("import" | "include" | "module"), _)) = tokens.first() {
        return Err(CompileError {
            message: format!("`{word}` is not supported: an expression stands for itself"),
            offset: offset(text, word),
        });
    }
    if chain(&tokens) > CHAIN_MAX {
        return Err(CompileError {
            message: "too many operators and keywords depend on each other; split the expression"
                .to_owned(),
            offset: 0,
        });
    }
    Parser::new(&tokens)
        .parse(Parser::term)
        .map_err(|errors| syntactic(text, &errors))
}

/// Where a part of the text begins; 0 if it is not a part of it.
pub(super) fn offset(text: &str, part: &str) -> usize {
    let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    if start <= text.len() { start } else { 0 }
}

/// Where brackets, parentheses and string interpolations are nested too deep.
///
/// Stops at the first bracket that closes another than the last open one: so does jaq's lexer.
fn too_nested(text: &str, nesting_max: usize) -> Option<usize> {
    let mut open: Vec<u8> = Vec::new();
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        let in_string = open.last() == Some(&b'"');
        match byte {
            b'"' if in_string => {
                open.pop();
            }
            b'\\' if in_string => {
                if let Some((_, b'(')) = bytes.next() {
                    open.push(b')');
                }
            }
            _ if in_string => {}
            b'"' => open.push(b'"'),
            b'(' => open.push(b')'),
            b'[' => open.push(b']'),
            b'{' => open.push(b'}'),
            b')' | b']' | b'}' if open.pop() != Some(byte) => return None,
            b'#' => {
                // A comment goes on after a line that ends with an odd number of backslashes.
                let mut odd = false;
                for (_, byte) in bytes.by_ref() {
                    match byte {
                        b'\n' if !odd => break,
                        b'\\' => odd = !odd,
                        // Before a line feed it belongs to the line's end.
                        b'\r' => {}
                        _ => odd = false,
                    }
                }
            }
            _ => {}
        }
        if open.len() > nesting_max {
            return Some(at);
        }
    }
    None
}

/// An upper bound for how deep these tokens nest once they are parsed.
fn chain(tokens: &[Token<&str>]) -> usize {
    let mut links = 0;
    let mut longest = 0;
    let mut inner = 0;
    for token in tokens {
        match token {
            // Entries of objects do not depend on each other; nor do arguments.
            Token(";", _) => (links, longest) = (0, longest.max(links)),
            Token(symbol, Tok::Sym) => {
                links += usize::from(![",", ":", "?", ")", "]", "}"].contains(symbol));
            }
            Token(word, Tok::Word) => links += 2 * usize::from(NESTING.contains(word)),
            Token(block, Tok::Block(tokens)) => {
                links += usize::from(block.starts_with('['));
                let parts: usize = if block.starts_with('{') {
                    let entries = tokens.split(|token| token.0 == ",");
                    entries.map(chain).max().unwrap_or(0)
                } else {
                    chain(tokens)
                };
                inner = inner.max(parts + 1);
            }
            Token(_, Tok::Str(parts)) => {
                for part in parts {
                    if let StrPart::Term(token) = part {
                        inner = inner.max(chain(std::slice::from_ref(token)) + 1);
                    }
                }
            }
            Token(_, Tok::Var | Tok::Fmt | Tok::Num) => {}
        }
    }
    longest.max(links) + inner
}

fn lexical(text: &str, errors: Vec<lex::Error<&str>>) -> CompileError {
    match errors.into_iter().next() {
        Some((_, at)) if text.contains("${") => CompileError {
            message: "`${…}` must enclose the whole text; to insert values into a text, write \
                      `${ \"text \\(.value)\" }`"
                .to_owned(),
            offset: offset(text, at),
        },
        Some((lex::Expect::Unicode, at)) => CompileError {
            message: "expected four hexadecimal digits of a character; write characters beyond \
                      U+FFFF as they are"
                .to_owned(),
            offset: offset(text, at),
        },
        Some((expected, at)) => CompileError {
            message: format!("expected {} {}", expected.as_str(), but_found(at)),
            offset: offset(text, at),
        },
        None => CompileError {
            message: "invalid jq".to_owned(),
            offset: 0,
        },
    }
}

fn syntactic(text: &str, errors: &[parse::TError<'_, &str>]) -> CompileError {
    match errors.first() {
        Some((expected, found)) => {
            let at = Token::opt_as_str(*found, text);
            CompileError {
                message: format!("expected {} {}", expected.as_str(), but_found(at)),
                offset: offset(text, at),
            }
        }
        None => CompileError {
            message: "invalid jq".to_owned(),
            offset: 0,
        },
    }
}

fn but_found(rest: &str) -> String {
    match rest.split_whitespace().next() {
        None => "but the expression ends".to_owned(),
        Some(word) => format!("at `{}`", word.chars().take(24).collect::<String>()),
    }
}
