//! Digest authentication (RFC 7616): the answer to a server's challenge.

use std::collections::BTreeMap;

use md5::{Digest, Md5};
use reqwest::{
    Request,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use ring::rand::{SecureRandom, SystemRandom};
use sha2::Sha256;

/// Answers the challenge in `headers`: whether there is one that can be answered.
///
/// A header that the author wrote is left as it is.
pub(super) fn answer(
    request: &mut Request,
    headers: &HeaderMap,
    username: &str,
    password: &str,
) -> bool {
    if request.headers().contains_key(AUTHORIZATION) {
        return false;
    }
    let mut random = [0; 16];
    if SystemRandom::new().fill(&mut random).is_err() {
        return false;
    }
    let uri = match request.url().query() {
        Some(query) => format!("{}?{query}", request.url().path()),
        None => request.url().path().to_owned(),
    };
    let asked = Asked {
        method: request.method().as_str(),
        uri: &uri,
        username,
        password,
        cnonce: &hex(&random),
    };
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut challenges: Vec<_> = challenges
        .filter_map(|header| header.to_str().ok())
        .flat_map(challenges_of)
        .collect();
    // The stronger algorithm first.
    challenges
        .sort_by_key(|challenge| algorithm(challenge).is_none_or(|(hash, _)| hash == Hash::Md5));
    let answer = challenges.iter().find_map(|one| asked.answer(one));
    let Some(mut value) = answer.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok())
    else {
        return false;
    };
    value.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, value);
    true
}

type Challenge = BTreeMap<String, String>;

/// The parameters of the challenges in one header that are for Digest.
fn challenges_of(header: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut ours = false;
    for part in parts(header) {
        let mut part = part.trim();
        let scheme = part.split_once(char::is_whitespace);
        if let Some((scheme, rest)) = scheme.filter(|(word, _)| !word.contains('=')) {
            ours = scheme.eq_ignore_ascii_case("digest");
            if ours {
                found.push(Challenge::new());
            }
            part = rest.trim();
        }
        if let (true, Some(challenge), Some((name, value))) =
            (ours, found.last_mut(), part.split_once('='))
        {
            let value = value.trim();
            let quoted = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            let value = quoted.map_or_else(|| value.to_owned(), |text| text.replace("\\\"", "\""));
            challenge.insert(name.trim().to_ascii_lowercase(), value);
        }
    }
    found
}

/// A header's parts between commas; those in quotes do not count.
fn parts(header: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, char) in header.char_indices() {
        match char {
            '"' if !escaped => quoted = !quoted,
            ',' if !quoted => {
                parts.push(&header[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        escaped = char == '\\' && !escaped;
    }
    parts.push(&header[start..]);
    parts
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// The hash function, and whether it makes a key for the session. None: unknown.
fn algorithm(challenge: &Challenge) -> Option<(Hash, bool)> {
    let name = challenge.get("algorithm").map_or("MD5", String::as_str);
    match name.to_ascii_lowercase().as_str() {
        "md5" => Some((Hash::Md5, false)),
        "md5-sess" => Some((Hash::Md5, true)),
        "sha-256" => Some((Hash::Sha256, false)),
        "sha-256-sess" => Some((Hash::Sha256, true)),
        _ => None,
    }
}

struct Asked<'a> {
    method: &'a str,
    uri: &'a str,
    username: &'a str,
    password: &'a str,
    cnonce: &'a str,
}

impl Asked<'_> {
    /// The header's text; none for what is not supported: an unknown algorithm, or nothing but
    /// `auth-int`.
    fn answer(&self, challenge: &Challenge) -> Option<String> {
        let (hash, session) = algorithm(challenge)?;
        let (realm, nonce) = (challenge.get("realm")?, challenge.get("nonce")?);
        let qop = match challenge.get("qop") {
            None => false,
            Some(offered) => {
                let mut offered = offered.split(',');
                offered.find(|qop| qop.trim().eq_ignore_ascii_case("auth"))?;
                true
            }
        };
        let cnonce = self.cnonce;
        let mut key = hash.of(&format!("{}:{realm}:{}", self.username, self.password));
        if session {
            key = hash.of(&format!("{key}:{nonce}:{cnonce}"));
        }
        let what = hash.of(&format!("{}:{}", self.method, self.uri));
        let response = hash.of(&if qop {
            format!("{key}:{nonce}:00000001:{cnonce}:auth:{what}")
        } else {
            format!("{key}:{nonce}:{what}")
        });
        let mut parts = vec![
            format!("username=\"{}\"", escaped(self.username)),
            format!("realm=\"{}\"", escaped(realm)),
            format!("nonce=\"{}\"", escaped(nonce)),
            format!("uri=\"{}\"", self.uri),
            format!("response=\"{response}\""),
        ];
        if let Some(name) = challenge.get("algorithm") {
            parts.push(format!("algorithm={name}"));
        }
        if qop {
            parts.push("qop=auth, nc=00000001".to_owned());
        }
        if qop || session {
            parts.push(format!("cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = challenge.get("opaque") {
            parts.push(format!("opaque=\"{}\"", escaped(opaque)));
        }
        Some(format!("Digest {}", parts.join(", ")))
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7616, section 3.9.1.
    #[test]
    fn the_answers_of_the_rfc() {
        let header = r#"Basic realm="a, b", Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v""#;
        let asked = Asked {
            method: "GET",
            uri: "/dir/index.html",
            username: "Mufasa",
            password: "Circle of Life",
            cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        };
        let challenges = challenges_of(header);
        let answers: Vec<_> = challenges
            .iter()
            .filter_map(|one| asked.answer(one))
            .collect();
        assert_eq!(answers.len(), 2);
        let sha = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        assert!(
            answers[0].contains(&format!("response=\"{sha}\"")),
            "{}",
            answers[0]
        );
        assert!(answers[0].contains("opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));
        let md5 = "8ca523f5e9506fed4657c9700eebdbec";
        assert!(
            answers[1].contains(&format!("response=\"{md5}\"")),
            "{}",
            answers[1]
        );
    }

    #[test]
    fn what_is_not_supported_is_not_answered() {
        let asked = Asked {
            method: "GET",
            uri: "/",
            username: "a",
            password: "b",
            cnonce: "c",
        };
        for header in [
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256",
            "Digest realm=\"r\"",
        ] {
            let challenges = challenges_of(header);
            assert!(asked.answer(&challenges[0]).is_none(), "{header}");
        }
        assert!(challenges_of("Bearer realm=\"r\", nonce=\"n\"").is_empty());
    }
}
