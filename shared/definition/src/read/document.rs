//! The top of a definition: `document`, `schedule`, `evaluate`, and what is read elsewhere.

use serde_json::Value;

use crate::diagnostic::{clip, code};
use crate::model::data::{Input, Output, Text};
use crate::model::event::{EventConsumption, ReadAs};
use crate::model::task::TaskList;
use crate::model::{
    Components, Definition, Document, Evaluate, Mode, Schedule, Timeout, TimeoutRef,
};
use crate::pointer;
use crate::read::Reader;
use crate::read::field::{Fields, Spot};
use crate::source::Source;

/// The versions of the DSL that are read; later ones may say what this model cannot hold.
pub(crate) const DSL_VERSIONS: [&str; 4] = ["1.0.0", "1.0.1", "1.0.2", "1.0.3"];

/// The most characters of a namespace or name.
pub(crate) const NAME_CHARS_MAX: usize = 63;

/// Where editors look for the schema of a document. It says nothing to Weir.
pub(crate) const EDITOR_SCHEMA: &str = "$schema";

/// A definition without its source.
pub(super) struct Parts {
    document: Document,
    input: Option<Input>,
    use_: Components,
    tasks: TaskList,
    timeout: Option<TimeoutRef>,
    output: Option<Output>,
    schedule: Option<Schedule>,
    evaluate: Evaluate,
}

impl Parts {
    pub(super) fn into_definition(self, value: Value, source: Source) -> Definition {
        let Self {
            document,
            input,
            use_,
            tasks,
            timeout,
            output,
            schedule,
            evaluate,
        } = self;
        Definition {
            document,
            input,
            use_,
            tasks,
            timeout,
            output,
            schedule,
            evaluate,
            value,
            source,
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, root: &Spot<'_>) -> Option<Parts> {
    let known = [
        "document", "input", "use", "do", "timeout", "output", "schedule", "evaluate",
    ];
    let fields = reader.map(root, "a workflow definition: a mapping")?;
    reader.refuse_unknown_but(&fields, &known, &[EDITOR_SCHEMA]);
    if let Some(schema) = fields.get(EDITOR_SCHEMA) {
        reader.string(&schema, "the URL of a JSON schema, a string");
    }
    let document = reader
        .required(&fields, "document", "dsl, namespace, name and version")
        .and_then(|spot| reader.document(&spot));
    let input = fields.get("input").and_then(|spot| reader.input(&spot));
    let use_ = fields
        .get("use")
        .and_then(|spot| reader.components(&spot))
        .unwrap_or_default();
    let schedule = fields
        .get("schedule")
        .and_then(|spot| reader.schedule(&spot));
    let evaluate = reader.evaluate(&fields);
    let timeout = fields
        .get("timeout")
        .and_then(|spot| reader.timeout_ref(&spot));
    let tasks = reader
        .required(&fields, "do", "a list of tasks")
        .and_then(|spot| reader.tasks(&spot));
    let output = fields.get("output").and_then(|spot| reader.output(&spot));
    Some(Parts {
        document: document?,
        input,
        use_,
        tasks: tasks?,
        timeout,
        output,
        schedule,
        evaluate: evaluate?,
    })
}

impl Reader<'_> {
    fn document(&mut self, spot: &Spot<'_>) -> Option<Document> {
        let known = [
            "dsl",
            "namespace",
            "name",
            "version",
            "title",
            "summary",
            "tags",
            "metadata",
        ];
        let fields = self.object(
            spot,
            "a mapping with dsl, namespace, name and version",
            &known,
        )?;
        let dsl = self
            .required(&fields, "dsl", "the DSL's version, '1.0.3'")
            .and_then(|spot| self.dsl_version(&spot));
        let namespace = self
            .required(&fields, "namespace", "the workflow's namespace")
            .and_then(|spot| self.label(&spot));
        let name = self
            .required(&fields, "name", "the workflow's name")
            .and_then(|spot| self.label(&spot));
        let version = self
            .required(
                &fields,
                "version",
                "the workflow's version, such as '0.1.0'",
            )
            .and_then(|spot| self.semantic_version(&spot));
        let title = fields.get("title").and_then(|spot| self.owned(&spot));
        let summary = fields.get("summary").and_then(|spot| self.owned(&spot));
        let tags = fields.get("tags").and_then(|spot| self.map_template(&spot));
        let metadata = fields
            .get("metadata")
            .and_then(|spot| self.map_template(&spot));
        Some(Document {
            dsl: dsl?,
            namespace: namespace?,
            name: name?,
            version: version?,
            title,
            summary,
            tags: tags.map(|tags| tags.value),
            metadata: metadata.map(|metadata| metadata.value),
        })
    }

    fn dsl_version(&mut self, spot: &Spot<'_>) -> Option<String> {
        let version = self.string(spot, "a version of the DSL, a string such as '1.0.3'")?;
        if DSL_VERSIONS.contains(&version) {
            return Some(version.to_owned());
        }
        let message = format!("version `{}` of the DSL is not supported", clip(version));
        let expected = if semver(version).is_none() {
            "expected a version, '1.0.0' to '1.0.3'"
        } else if version.starts_with("0.") || version.starts_with("1.0.0-") {
            "this is a version from before 1.0, whose documents differ; write the document for \
             '1.0.3' (`dsl: '1.0.3'`)"
        } else {
            "documents of later versions may say what this version cannot do; '1.0.0' to '1.0.3' \
             are supported"
        };
        self.report(code::DSL_VERSION, spot, message, expected);
        None
    }

    /// A namespace or name: it becomes a token of subjects, so it is a DNS label in lower case.
    pub(super) fn label(&mut self, spot: &Spot<'_>) -> Option<String> {
        let label = self.string(spot, "a name, a string")?;
        let inside = |char: char| matches!(char, 'a'..='z' | '0'..='9' | '-');
        let at_end = !label.starts_with('-') && !label.ends_with('-');
        let length = 1..=NAME_CHARS_MAX;
        if at_end && label.chars().all(inside) && length.contains(&label.len()) {
            return Some(label.to_owned());
        }
        let message = format!("`{}` is not allowed as {}", clip(label), spot.name);
        let expected = format!(
            "expected 1 to {NAME_CHARS_MAX} of a-z, 0-9 and `-`, with no `-` at either end"
        );
        self.report(code::NAME, spot, message, expected);
        None
    }

    fn semantic_version(&mut self, spot: &Spot<'_>) -> Option<String> {
        let version = self.string(spot, "a semantic version, a string such as '1.0.0'")?;
        if semver(version).is_none() {
            let message = format!("`{}` is not a semantic version", clip(version));
            let expected = "expected major.minor.patch, such as '1.0.0' or '1.0.0-beta.1'";
            self.report(code::VERSION, spot, message, expected);
            return None;
        }
        Some(version.to_owned())
    }

    fn schedule(&mut self, spot: &Spot<'_>) -> Option<Schedule> {
        let known = ["every", "cron", "after", "on", "read"];
        let fields = self.object(spot, "a mapping with every, cron, after or on", &known)?;
        if !known[..4].iter().any(|name| fields.has(name)) {
            let expected = "add one of `every`, `cron`, `after` and `on`";
            self.report_key(
                code::MISSING_PROPERTY,
                spot,
                "the schedule never starts",
                expected,
            );
        }
        let every = fields.get("every").and_then(|spot| self.interval(&spot));
        let cron = fields.get("cron");
        let cron = cron.and_then(|spot| self.text(&spot, "a cron expression, a string"));
        let after = fields.get("after").and_then(|spot| self.duration(&spot));
        let on: Option<EventConsumption> = fields
            .get("on")
            .and_then(|spot| self.event_consumption(&spot));
        let read = fields.get("read");
        if let Some(read) = read.as_ref().filter(|_| !fields.has("on")) {
            let message = "`read` without `on`: there are no events to read";
            self.report_key(
                code::READ_WITHOUT_ON,
                read,
                message,
                "add `on`, or remove `read`",
            );
        }
        let read = read
            .and_then(|spot| self.read_as(&spot))
            .unwrap_or_else(ReadAs::default);
        Some(Schedule {
            every,
            cron,
            after,
            on,
            read,
        })
    }

    fn evaluate(&mut self, root: &Fields<'_>) -> Option<Evaluate> {
        let pointer = pointer::join(&root.spot.pointer, "evaluate");
        let default = |pointer| Text {
            value: "jq".to_owned(),
            pointer,
        };
        let Some(spot) = root.get("evaluate") else {
            return Some(Evaluate {
                language: default(pointer),
                mode: Mode::Strict,
            });
        };
        let fields = self.object(&spot, "a mapping", &["language", "mode"])?;
        let language = match fields.get("language") {
            Some(spot) => self.text(&spot, "the name of an expression language, a string")?,
            None => default(pointer::join(&pointer, "language")),
        };
        let mode = match fields.get("mode") {
            Some(spot) => self.word(&spot, &[("strict", Mode::Strict), ("loose", Mode::Loose)])?,
            None => Mode::Strict,
        };
        Some(Evaluate { language, mode })
    }

    pub(super) fn timeout_ref(&mut self, spot: &Spot<'_>) -> Option<TimeoutRef> {
        self.reference(spot, "timeouts", Self::timeout)
    }

    pub(super) fn timeout(&mut self, spot: &Spot<'_>) -> Option<Timeout> {
        let what = "a mapping with `after`, or the name of a timeout in `use.timeouts`";
        let fields = self.object(spot, what, &["after"])?;
        let after = self.required(&fields, "after", "a duration")?;
        Some(Timeout {
            after: self.duration(&after)?,
        })
    }
}

/// The three numbers of a semantic version; `None` if it is none (semver.org, 2.0.0).
fn semver(text: &str) -> Option<[u64; 3]> {
    let (rest, build) = text
        .split_once('+')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let (core, pre) = rest
        .split_once('-')
        .map_or((rest, None), |(a, b)| (a, Some(b)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let no_zeros = |text: &str| text == "0" || !text.starts_with('0');
    let identifier = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let pre_fits = pre.is_none_or(|pre| {
        pre.split('.')
            .all(|part| identifier(part) && (!digits(part) || no_zeros(part)))
    });
    if !pre_fits || !build.is_none_or(|build| build.split('.').all(identifier)) {
        return None;
    }
    let numbers = core.split('.').map(|part| {
        if digits(part) && no_zeros(part) {
            part.parse::<u64>().ok()
        } else {
            None
        }
    });
    numbers.collect::<Option<Vec<_>>>()?.try_into().ok()
}
