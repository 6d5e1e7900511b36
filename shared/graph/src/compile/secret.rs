//! Secrets: named under `use.secrets`, used as `$secrets.name`, and only where an action's request is
//! composed. Executors put them in, so that their values are in no journal and on no trace.

use weir_definition::model::data::Text;
use weir_expression::{Expression, Mode, Template};

use super::Compiler;
use super::report::{Compiled, code};

impl Compiler<'_> {
    /// Reports what is wrong with the secrets in an expression at `pointer`.
    pub(super) fn secrets(
        &mut self,
        expression: &Expression,
        pointer: &str,
        allowed: bool,
    ) -> Compiled<()> {
        if !expression.variables().contains("secrets") {
            return Ok(());
        }
        let offset = self.offset_of_secrets(pointer);
        if !allowed {
            let message = "`$secrets` cannot be used here: its values would be journaled";
            let remedy = "use it in the arguments of a `call` or `run`; executors put it in";
            return Err(self.report_within(code::VARIABLE, pointer, offset, message, remedy));
        }
        let Some(names) = expression.secrets() else {
            let message = "`$secrets` is not followed by the name of a secret";
            let remedy = "write `$secrets.name`, or `$secrets[\"name\"]`, with a name in \
                          `use.secrets`: which secrets a workflow reads is known before it runs";
            return Err(self.report_within(code::VARIABLE, pointer, offset, message, remedy));
        };
        for name in names {
            self.declared_secret(name, pointer, offset)?;
        }
        Ok(())
    }

    /// A template for a part of the secret called `name`: the program `part` runs on it.
    pub(super) fn secret(&mut self, name: &Text, part: &str) -> Compiled<Template> {
        self.declared_secret(&name.value, &name.pointer, 0)?;
        let source = secret_expression(&name.value, part);
        Template::compile(&source.into(), Mode::Strict, &[]).map_err(|error| {
            let message = format!("`{}` cannot be the name of a secret: {error}", name.value);
            self.report_within(
                code::UNKNOWN,
                &name.pointer,
                0,
                message,
                "use plain letters",
            )
        })
    }

    fn declared_secret(&mut self, name: &str, pointer: &str, offset: usize) -> Compiled<()> {
        let mut declared = self.definition.use_.secrets.iter();
        if declared.any(|secret| secret.value == name) {
            return Ok(());
        }
        let message = format!("the secret `{name}` is not in `use.secrets`");
        let remedy = format!("add it: `use: {{secrets: [{name}]}}`");
        Err(self.report_within(code::UNKNOWN, pointer, offset, message, remedy))
    }

    fn offset_of_secrets(&self, pointer: &str) -> usize {
        let value = self.definition.value.pointer(pointer);
        let text = value.and_then(serde_json::Value::as_str);
        text.and_then(|text| text.find("$secrets")).unwrap_or(0)
    }
}

/// The program `part`, run on a secret, as an expression in a document.
pub(super) fn secret_expression(name: &str, part: &str) -> String {
    format!("${{ $secrets[{}]{part} }}", serde_json::Value::from(name))
}
