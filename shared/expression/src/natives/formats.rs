//! `@csv`, `@base64` and their like.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use jaq_core::native::bome;

use super::strings::paid;
use super::{Named, not_a, plain};
use crate::meter;
use crate::uri;
use crate::value::{Error, Val, ValR, exhausted, to_text};

/// Accepts what others encode, padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn filters() -> Vec<Named> {
    vec![
        plain("@text", |cv| bome(text(cv.1))),
        plain("@json", |cv| {
            bome(if meter::tick_bytes(cv.1.bytes()) {
                Val::text(to_text(&cv.1))
            } else {
                Err(exhausted())
            })
        }),
        plain("@html", |cv| bome(text(cv.1).and_then(|text| html(&text)))),
        plain("@uri", |cv| {
            bome(text(cv.1).and_then(|text| {
                let mut encoded = String::new();
                uri::encode(paid(&text)?, &mut encoded);
                Val::text(encoded)
            }))
        }),
        plain("@urid", |cv| {
            bome(text(cv.1).and_then(|text| Val::text(uri::decode(paid(&text)?))))
        }),
        plain("@base64", |cv| {
            bome(text(cv.1).and_then(|text| Val::text(BASE64.encode(paid(&text)?))))
        }),
        plain("@base64d", |cv| {
            bome(text(cv.1).and_then(|text| {
                let bytes = BASE64.decode(paid(&text)?.trim_end());
                let bytes = bytes.map_err(|_| Error::str("string is not valid base64 data"))?;
                Val::text(String::from_utf8_lossy(&bytes))
            }))
        }),
        plain("@csv", |cv| bome(row(&cv.1, ",", csv))),
        plain("@tsv", |cv| bome(row(&cv.1, "\t", tsv))),
        plain("@sh", |cv| {
            bome(if cv.1.as_items().is_some() {
                row(&cv.1, " ", sh)
            } else {
                Val::array(vec![cv.1]).and_then(|one| row(&one, " ", sh))
            })
        }),
    ]
}

fn text(value: Val) -> ValR {
    if value.as_str().is_some() {
        return Ok(value);
    }
    if meter::tick_bytes(value.bytes()) {
        Val::text(to_text(&value))
    } else {
        Err(exhausted())
    }
}

fn html(value: &Val) -> ValR {
    let mut escaped = String::new();
    for character in paid(value)?.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\'' => escaped.push_str("&#39;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    Val::text(escaped)
}

fn row(value: &Val, separator: &str, cell: fn(&Val) -> Result<String, Error>) -> ValR {
    let items = value.as_items().ok_or_else(|| not_a(value, "an array"))?;
    if !(meter::tick_bytes(value.bytes()) && meter::tick(items.len() as u64)) {
        return Err(exhausted());
    }
    let cells: Vec<String> = items.iter().map(cell).collect::<Result<_, _>>()?;
    Val::text(cells.join(separator))
}

fn csv(value: &Val) -> Result<String, Error> {
    match value {
        Val::Null(_) => Ok(String::new()),
        Val::Bool(_) | Val::Num(_) => Ok(to_text(value)),
        Val::Str(text) => Ok(format!("\"{}\"", text.replace('"', "\"\""))),
        Val::Arr(_) | Val::Obj(_) => Err(no_cell(value, "csv")),
    }
}

fn tsv(value: &Val) -> Result<String, Error> {
    match value {
        Val::Null(_) => Ok(String::new()),
        Val::Bool(_) | Val::Num(_) => Ok(to_text(value)),
        Val::Str(text) => Ok(text
            .replace('\\', "\\\\")
            .replace('\t', "\\t")
            .replace('\n', "\\n")
            .replace('\r', "\\r")),
        Val::Arr(_) | Val::Obj(_) => Err(no_cell(value, "tsv")),
    }
}

fn sh(value: &Val) -> Result<String, Error> {
    match value {
        Val::Null(_) | Val::Bool(_) | Val::Num(_) => Ok(to_text(value)),
        Val::Str(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        Val::Arr(_) | Val::Obj(_) => Err(Error::str(format_args!(
            "{} can not be escaped for shell",
            value.kind()
        ))),
    }
}

fn no_cell(value: &Val, format: &str) -> Error {
    Error::str(format_args!(
        "{} is not valid in a {format} row",
        value.kind()
    ))
}
