//! Reads the layers, merges them with the `config` crate and checks every key on the way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::builder::DefaultState;
use config::{ConfigBuilder, File, FileFormat, Value, ValueKind};

use super::keys::{Keys, PREFIX, variable_of};
use super::validate::broken_rules;
use super::{Cli, Config, ConfigError, Problem};

/// Names the file; the only variable that is no key.
const FILE_VARIABLE: &str = "WEIR_CONFIG";
/// Tried in this order in the working directory when no file is named.
const FILE_NAMES: [&str; 3] = ["weir.toml", "weir.yaml", "weir.yml"];

/// The `WEIR_…` variables of this process.
pub(super) fn process_environment() -> Result<BTreeMap<String, String>, ConfigError> {
    let mut environment = BTreeMap::new();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        let Some(value) = value.to_str() else {
            return Err(invalid(
                &key_of(name),
                Some(variable_origin(name)),
                "the value is not valid UTF-8".to_owned(),
            ));
        };
        environment.insert(name.to_owned(), value.to_owned());
    }
    Ok(environment)
}

/// Defaults, file, environment, flags, in this order, as one typed configuration.
pub(super) fn merge(
    cli: &Cli,
    environment: &BTreeMap<String, String>,
    directory: &Path,
) -> Result<Config, ConfigError> {
    let mut layers = Layers::new();
    let file = find_file(cli, environment, directory);
    if let Some(path) = &file {
        layers.add_file(path)?;
    }
    layers.add_environment(environment)?;
    layers.add_flags(cli)?;
    layers.read(file.as_deref())
}

fn find_file(
    cli: &Cli,
    environment: &BTreeMap<String, String>,
    directory: &Path,
) -> Option<PathBuf> {
    let from_environment = || {
        environment
            .get(FILE_VARIABLE)
            .filter(|path| !path.is_empty())
    };
    let named = cli
        .config
        .clone()
        .or_else(|| from_environment().map(PathBuf::from));
    named.map(|path| directory.join(path)).or_else(|| {
        FILE_NAMES
            .iter()
            .map(|name| directory.join(name))
            .find(|path| path.is_file())
    })
}

struct Layers {
    keys: Keys,
    builder: ConfigBuilder<DefaultState>,
    problems: Vec<Problem>,
}

impl Layers {
    fn new() -> Self {
        let builder = config::Config::builder();
        Self {
            keys: Keys::new(),
            builder,
            problems: Vec::new(),
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let malformed = |message: String| ConfigError::Malformed {
            path: path.to_owned(),
            message,
        };
        let format = match path.extension().and_then(|extension| extension.to_str()) {
            Some("toml") => FileFormat::Toml,
            Some("yaml" | "yml") => FileFormat::Yaml,
            Some(_) | None => {
                return Err(malformed(
                    "its name must end in .toml, .yaml or .yml".to_owned(),
                ));
            }
        };
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let file = config::Config::builder()
            .add_source(File::from_str(&text, format))
            .build()
            .map_err(|error| malformed(error.to_string()))?;
        self.builder = std::mem::take(&mut self.builder).add_source(file);
        Ok(())
    }

    /// Empty variables count as unset: `${TOKEN:-}` in a compose file must not be a token.
    ///
    /// A variable without `__` is no key: orchestrators inject names like `WEIR_TIMER_PORT`, and
    /// tools have variables of their own. Only the likely slip, a key written with one underscore,
    /// is refused.
    fn add_environment(
        &mut self,
        environment: &BTreeMap<String, String>,
    ) -> Result<(), ConfigError> {
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if value.is_empty() || name == FILE_VARIABLE {
                continue;
            }
            if rest.contains("__") {
                self.set(&key_of(name), value, variable_origin(name))?;
            } else if let Some(key) = self.keys.all().find(|key| is_slip_of(rest, key)) {
                let message = format!("write it {}, with two underscores", variable_of(&key));
                self.problems.push(Problem {
                    key,
                    origin: Some(variable_origin(name)),
                    message,
                });
            }
        }
        Ok(())
    }

    fn add_flags(&mut self, cli: &Cli) -> Result<(), ConfigError> {
        for assignment in &cli.set {
            self.set(
                &assignment.key,
                &assignment.value,
                format!("--set {}", assignment.key),
            )?;
        }
        if let Some(url) = &cli.nats_url {
            self.set("nats.url", url, "--nats-url".to_owned())?;
        }
        Ok(())
    }

    fn set(&mut self, key: &str, text: &str, origin: String) -> Result<(), ConfigError> {
        if self.keys.default_of(key).is_none() {
            self.unknown(key, Some(origin));
            return Ok(());
        }
        let value = Value::new(Some(&origin), self.keys.typed(key, text));
        self.builder = std::mem::take(&mut self.builder)
            .set_override(key, value)
            .map_err(|error| invalid(key, Some(origin), error.to_string()))?;
        Ok(())
    }

    fn unknown(&mut self, key: &str, origin: Option<String>) {
        let nearest = self.keys.nearest(key);
        let variable = variable_of(&nearest);
        let message = format!("unknown; the nearest known key is `{nearest}` ({variable})");
        self.problems.push(Problem {
            key: key.to_owned(),
            origin,
            message,
        });
    }

    /// The merged layers as a [`Config`].
    fn read(mut self, file: Option<&Path>) -> Result<Config, ConfigError> {
        let file = file.map(|path| path.display().to_string());
        let merged = std::mem::take(&mut self.builder)
            .build()
            .map_err(|error| invalid("", file.clone(), error.to_string()))?;
        let mut origins = BTreeMap::new();
        let json = leaves_of("", merged.cache, &mut origins);
        for origin in origins.values_mut().filter(|origin| origin.is_none()) {
            origin.clone_from(&file);
        }
        let origin_of = |key: &str| origins.get(key).cloned().flatten();

        let strangers = origins.keys().filter(|key| !self.keys.exists(key));
        for key in strangers.cloned().collect::<Vec<_>>() {
            self.unknown(&key, origin_of(&key));
        }
        if !self.problems.is_empty() {
            return Err(ConfigError::Invalid(self.problems));
        }
        let config = serde_path_to_error::deserialize(json).map_err(|error| {
            let path = error.path().to_string();
            let key = path.split('[').next().unwrap_or_default();
            invalid(key, origin_of(key), error.inner().to_string())
        })?;
        let broken = broken_rules(&config);
        let problems = broken.into_iter().map(|(key, message)| Problem {
            key: key.to_owned(),
            origin: origin_of(key),
            message: message.to_owned(),
        });
        let problems: Vec<_> = problems.collect();
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Invalid(problems))
        }
    }
}

/// `value` as JSON; every value below it that is no section goes to `leaves` with its origin, which
/// is `None` for those of the file.
fn leaves_of(
    key: &str,
    value: Value,
    leaves: &mut BTreeMap<String, Option<String>>,
) -> serde_json::Value {
    let origin = value.origin().map(str::to_owned);
    let json = match value.kind {
        ValueKind::Table(table) => {
            let below = |name: &str| {
                if key.is_empty() {
                    name.into()
                } else {
                    format!("{key}.{name}")
                }
            };
            let names = table.into_iter().map(|(name, value)| {
                let value = leaves_of(&below(&name), value, leaves);
                (name, value)
            });
            return names.collect();
        }
        ValueKind::Array(items) => items
            .into_iter()
            .map(|item| leaves_of(key, item, leaves))
            .collect(),
        ValueKind::Nil => serde_json::Value::Null,
        ValueKind::Boolean(value) => value.into(),
        ValueKind::I64(value) => value.into(),
        ValueKind::U64(value) => value.into(),
        // Beyond every setting's range: as text, which the typed reader refuses with its value.
        ValueKind::I128(value) => value.to_string().into(),
        ValueKind::U128(value) => value.to_string().into(),
        ValueKind::Float(value) => value.into(),
        ValueKind::String(value) => value.into(),
    };
    leaves.insert(key.to_owned(), origin);
    json
}

fn invalid(key: &str, origin: Option<String>, message: String) -> ConfigError {
    ConfigError::Invalid(vec![Problem {
        key: key.to_owned(),
        origin,
        message,
    }])
}

fn key_of(variable: &str) -> String {
    variable
        .strip_prefix(PREFIX)
        .unwrap_or(variable)
        .replace("__", ".")
        .to_lowercase()
}

fn variable_origin(name: &str) -> String {
    format!("the environment variable {name}")
}

/// Whether `rest` of a variable is `key` with a single underscore between section and name.
fn is_slip_of(rest: &str, key: &str) -> bool {
    rest.eq_ignore_ascii_case(&key.replace('.', "_"))
}
