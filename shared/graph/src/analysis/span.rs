//! Spans of time for people.

/// `0 ms`, `1.5 s`, `2 h 30 min`, `7 d`: the two greatest units that are not 0.
pub fn span(ms: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min")];
    if ms == u64::MAX {
        return "for ever".to_owned();
    }
    let mut parts = Vec::new();
    let mut rest = ms;
    for (unit, name) in UNITS {
        if rest >= unit {
            parts.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    if rest >= 1_000 {
        let fraction = format!("{:03}", rest % 1_000);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        parts.push(format!("{}{point}{fraction} s", rest / 1_000));
    } else if rest > 0 || parts.is_empty() {
        parts.push(format!("{rest} ms"));
    }
    parts.truncate(2);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn takes_the_greatest_units() {
        let cases = [
            (0, "0 ms"),
            (20, "20 ms"),
            (1_000, "1 s"),
            (1_500, "1.5 s"),
            (90_000, "1 min 30 s"),
            (3_600_000, "1 h"),
            (90_061_001, "1 d 1 h"),
            (u64::MAX, "for ever"),
        ];
        for (ms, expected) in cases {
            assert_eq!(span(ms), expected);
        }
    }
}
