//! `input`, `output` and `export`: schemas and mappings.

use weir_definition::model::data::Transform as MappingSource;
use weir_definition::model::data::{Export, Input, Output, Schema as Source, SchemaContent};

use super::{Compiler, optional, report::code};
use crate::{Schema, Transform};

impl Compiler<'_> {
    pub(super) fn input(&mut self, input: Option<&Input>) -> Option<Transform> {
        match input {
            Some(input) => self.transform(input.schema.as_ref(), input.from.as_ref()),
            None => Some(Transform::default()),
        }
    }

    pub(super) fn output(&mut self, output: Option<&Output>) -> Option<Transform> {
        match output {
            Some(output) => self.transform(output.schema.as_ref(), output.as_.as_ref()),
            None => Some(Transform::default()),
        }
    }

    pub(super) fn export(&mut self, export: Option<&Export>) -> Option<Transform> {
        match export {
            Some(export) => self.transform(export.schema.as_ref(), export.as_.as_ref()),
            None => Some(Transform::default()),
        }
    }

    fn transform(
        &mut self,
        schema: Option<&Source>,
        mapping: Option<&MappingSource>,
    ) -> Option<Transform> {
        let schema = optional(schema, |schema| self.schema(schema));
        let mapping = optional(mapping, |mapping| self.mapping(mapping));
        Some(Transform {
            schema: schema?,
            mapping: mapping?,
        })
    }

    fn schema(&mut self, schema: &Source) -> Option<Schema> {
        let format = &schema.format;
        if format.value != "json" && !format.value.starts_with("json:") {
            let what = format!("`format: {}`", format.value);
            self.unsupported(&format.pointer, &what, "use a JSON Schema, `format: json`");
            return None;
        }
        let document = match &schema.content {
            SchemaContent::Inline(document) => document,
            SchemaContent::External(_) => {
                let pointer = format!("{}/resource", schema.pointer);
                let remedy = "write the schema in place, under `document`";
                self.unsupported(&pointer, "a schema's `resource`", remedy);
                return None;
            }
        };
        match Schema::compile(document) {
            Ok(schema) => Some(schema),
            Err(reason) => {
                let pointer = format!("{}/document", schema.pointer);
                let message = format!("the schema is not valid: {reason}");
                let remedy = "write JSON Schema that refers to no other document";
                self.report(code::SCHEMA, &pointer, message, remedy);
                None
            }
        }
    }
}
