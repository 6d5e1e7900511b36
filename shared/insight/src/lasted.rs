//! Spans of time that are watched: short, and as long as one another.

/// A span of time in at most two units, about as exact as anybody wants to read it: `340 ms`,
/// `4.2 s`, `14 min 5 s`, `3 h 10 min`, `7 d 0 h`.
pub fn lasted(ms: u64) -> String {
    let s = ms / 1_000;
    match s {
        0 => format!("{ms} ms"),
        1..60 => format!("{s}.{} s", ms % 1_000 / 100),
        60..3_600 => format!("{} min {} s", s / 60, s % 60),
        3_600..86_400 => format!("{} h {} min", s / 3_600, s / 60 % 60),
        _ => format!("{} d {} h", s / 86_400, s / 3_600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::lasted;

    #[test]
    fn spans_are_short() {
        for (ms, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (4_250, "4.2 s"),
            (845_000, "14 min 5 s"),
            (11_400_000, "3 h 10 min"),
            (604_800_000, "7 d 0 h"),
        ] {
            assert_eq!(lasted(ms), text);
        }
    }
}
