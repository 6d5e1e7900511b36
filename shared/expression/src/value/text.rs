//! JSON text, as `tojson` and `tostring` give it.

use std::fmt::{self, Write};

use super::{Num, Val};

/// The value as compact JSON text.
pub(crate) fn to_text(value: &Val) -> String {
    let mut text = String::with_capacity(value.bytes());
    // Writing to a string cannot fail.
    let _ = write_text(&mut text, value);
    text
}

pub(crate) fn write_text(out: &mut impl Write, value: &Val) -> fmt::Result {
    match value {
        Val::Null(_) => out.write_str("null"),
        Val::Bool(flag) => write!(out, "{flag}"),
        Val::Num(number) => write_number(out, number),
        Val::Str(text) => write_string(out, text),
        Val::Arr(array) => {
            out.write_char('[')?;
            for (index, item) in array.items.iter().enumerate() {
                if index > 0 {
                    out.write_char(',')?;
                }
                write_text(out, item)?;
            }
            out.write_char(']')
        }
        Val::Obj(object) => {
            out.write_char('{')?;
            for (index, (key, item)) in object.entries.iter().enumerate() {
                if index > 0 {
                    out.write_char(',')?;
                }
                write_string(out, key)?;
                out.write_char(':')?;
                write_text(out, item)?;
            }
            out.write_char('}')
        }
    }
}

fn write_string(out: &mut impl Write, text: &str) -> fmt::Result {
    out.write_char('"')?;
    let mut plain = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 | 0x7f => "",
            0x20.. => continue,
        };
        out.write_str(&text[plain..index])?;
        if escape.is_empty() {
            write!(out, "\\u{byte:04x}")?;
        } else {
            out.write_str(escape)?;
        }
        plain = index + 1;
    }
    out.write_str(&text[plain..])?;
    out.write_char('"')
}

fn write_number(out: &mut impl Write, number: &Num) -> fmt::Result {
    match number {
        Num::Int(int) => write!(out, "{int}"),
        Num::Wide(int) => write!(out, "{int}"),
        Num::Float(float) if float.is_nan() => out.write_str("null"),
        Num::Float(float) => write_float(out, float.clamp(f64::MIN, f64::MAX)),
    }
}

/// The shortest digits that read back the same, with jq's choice of notation.
fn write_float(out: &mut impl Write, float: f64) -> fmt::Result {
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as u64;
    let point = i64::from(exponent) + 1;
    // As digits only, a large double would be read back as an integer of another value.
    let large = float.fract() == 0.0 && float.abs() >= 1e16;
    if large || point <= -5 || point > digits.cast_signed() + 15 {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "{mantissa}e{sign}{:02}", exponent.unsigned_abs())
    } else if float.fract() == 0.0 {
        write!(out, "{float:.1}")
    } else {
        write!(out, "{float}")
    }
}
