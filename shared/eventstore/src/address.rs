//! Connection strings: where the servers are, how to trust them, who we are.

use std::{borrow::Cow, fmt::Display, path::Path};

use eventstore::{ClientSettings, Credentials};
use percent_encoding::percent_decode_str;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

/// What a connection string says.
#[derive(Clone)]
pub(crate) struct Address {
    settings: ClientSettings,
    credentials: Option<Credentials>,
    shown: String,
}

impl Address {
    /// Reads a connection string, and the files it names: the client itself panics over those that
    /// it cannot read.
    ///
    /// # Errors
    /// Says what is wrong, without the password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (bare, user) = without_user(text);
        let read = |text: &str| text.parse::<ClientSettings>();
        // What is wrong with it is said of the part that is no secret.
        let stripped = read(&bare).map_err(|error| match error.error() {
            Some(cause) => format!("{bare}: {cause}"),
            None => error.message().to_owned(),
        })?;
        // Discovery takes the user from here; every request, from the credentials below.
        let settings =
            read(text).map_err(|_| "the user or the password cannot be read".to_owned())?;
        check_files(&settings)?;
        Ok(Self {
            credentials: user.map(credentials).transpose()?,
            shown: shown(&stripped),
            settings,
        })
    }

    pub fn settings(&self) -> &ClientSettings {
        &self.settings
    }

    /// The client sends them as they are written, percent signs and all: so they are given to every
    /// request, decoded.
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    /// The servers, for people.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

/// The string without the user and password, and these as they are written.
fn without_user(text: &str) -> (String, Option<&str>) {
    let Some((scheme, rest)) = text.split_once("://") else {
        return (text.to_owned(), None);
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => (format!("{scheme}://{}", &rest[at + 1..]), Some(&rest[..at])),
        None => (text.to_owned(), None),
    }
}

fn credentials(user: &str) -> Result<Credentials, String> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(Cow::into_owned)
            .map_err(|_| "the user or the password is not UTF-8".to_owned())
    };
    Ok(Credentials::new(decoded(name)?, decoded(password)?))
}

fn shown(settings: &ClientSettings) -> String {
    let hosts = settings.hosts().iter();
    let hosts: Vec<String> = hosts
        .map(|host| format!("{}:{}", host.host, host.port))
        .collect();
    let tls = if settings.is_secure_mode_enabled() {
        "TLS"
    } else {
        "no TLS"
    };
    format!("{} ({tls})", hosts.join(", "))
}

fn check_files(settings: &ClientSettings) -> Result<(), String> {
    if let Some(path) = settings.tls_ca_file() {
        certificates("tlsCaFile", path)?;
    } else {
        let found = rustls_native_certs::load_native_certs();
        if let Some(error) = found.errors.first() {
            return Err(format!(
                "the system's certificate authorities cannot be read: {error}; name others with \
                 tlsCaFile"
            ));
        }
    }
    if let Some((certificate, key)) = settings.user_certificate() {
        certificates("userCertFile", certificate)?;
        PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("userKeyFile", key, &error))?;
    }
    Ok(())
}

fn certificates(parameter: &str, path: &str) -> Result<(), String> {
    let mut roots = rustls::RootCertStore::empty();
    let unusable = |error: &dyn Display| unusable(parameter, path, error);
    let found = CertificateDer::pem_file_iter(Path::new(path)).map_err(|error| unusable(&error))?;
    for certificate in found {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    if roots.is_empty() {
        return Err(unusable(&"it has no certificate"));
    }
    Ok(())
}

fn unusable(parameter: &str, path: &str, error: &dyn Display) -> String {
    format!("{parameter} {path}: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Address::parse(text).err().unwrap_or_default()
    }

    #[test]
    fn servers_and_user_are_read() {
        let address =
            Address::parse("esdb://ad%40min:p%2Fss%20word@one:1,two:2?tls=false").unwrap();
        assert_eq!(address.shown(), "one:1, two:2 (no TLS)");
        let expected = Credentials::new("ad@min", "p/ss word");
        assert_eq!(address.credentials(), Some(&expected));
        let address = Address::parse("esdb+discover://cluster").unwrap();
        assert_eq!(address.shown(), "cluster:2113 (TLS)");
        assert_eq!(address.credentials(), None);
        assert!(address.settings().is_dns_discovery_enabled());
    }

    #[test]
    fn refusals_name_the_place_and_hide_the_password() {
        for text in [
            "esdb://admin:s3cret@host:port",
            "esdb://admin:s3cret@one:1,two:port",
            "esdb://admin:s3cret@host/path",
            "esdb://admin:s3cret@host?nodePreference=s",
            "esdb://admin:s3cret@host?tlsCaFile=/none.pem",
            "esdb://admin:s3cret@host?userCertFile=/none.pem",
            "esdb://admin:s3cret%ff@host",
            "kurrentdb://admin:s3cret@host",
            "host",
        ] {
            let refusal = refusal(text);
            assert!(!refusal.is_empty(), "{text}");
            assert!(!refusal.contains("s3cret"), "{text}: {refusal}");
        }
        let missing = refusal("esdb://host?tlsCaFile=/none.pem");
        assert!(missing.contains("tlsCaFile /none.pem: "), "{missing}");
    }
}
