//! Versions of nats-server.

use std::fmt;

/// Major and minor number, ordered; patches never matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// The first with everything that Weir uses: time to live per message, consumers with
    /// prioritized groups, tombstones by rollup.
    pub const OLDEST: Self = Self {
        major: 2,
        minor: 12,
    };

    /// Reads `2.12.1`, with or without `v` or what follows.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text
            .trim_start_matches('v')
            .split(|c: char| !c.is_ascii_digit())
            .map(str::parse);
        Some(Self {
            major: numbers.next()?.ok()?,
            minor: numbers.next()?.ok()?,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_and_ordered() {
        let version = |text| Version::parse(text).unwrap();
        assert_eq!(version("2.12.0-RC.1"), Version::OLDEST);
        assert!(version("v2.9.25") < Version::OLDEST);
        assert!(version("2.15.1") > Version::OLDEST);
        assert!(version("3.0.0") > Version::OLDEST);
        for text in ["", "2", "two.three", "2."] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
