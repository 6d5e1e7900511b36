//! `input`, `output` and `export`: schemas and mappings.

use weir_definition::model::data::Transform as MappingSource;
use weir_definition::model::data::{Export, Input, Output, Schema as Source, SchemaContent};

use super::Compiler;
use super::report::{Compiled, code};
use crate::{Schema, Transform};

impl Compiler<'_> {
    pub(super) fn input(&mut self, input: Option<&Input>) -> Compiled<Transform> {
        match input {
            Some(input) => self.transform(input.schema.as_ref(), input.from.as_ref()),
            None => Ok(Transform::default()),
        }
    }

    pub(super) fn output(&mut self, output: Option<&Output>) -> Compiled<Transform> {
        match output {
            Some(output) => self.transform(output.schema.as_ref(), output.as_.as_ref()),
            None => Ok(Transform::default()),
        }
    }

    pub(super) fn export(&mut self, export: Option<&Export>) -> Compiled<Transform> {
        match export {
            Some(export) => self.transform(export.schema.as_ref(), export.as_.as_ref()),
            None => Ok(Transform::default()),
        }
    }

    fn transform(
        &mut self,
        schema: Option<&Source>,
        mapping: Option<&MappingSource>,
    ) -> Compiled<Transform> {
        let schema = schema.map(|schema| self.schema(schema)).transpose();
        let mapping = mapping.map(|mapping| self.mapping(mapping)).transpose();
        Ok(Transform {
            schema: schema?,
            mapping: mapping?,
        })
    }

    fn schema(&mut self, schema: &Source) -> Compiled<Schema> {
        let format = &schema.format;
        if format.value != "json" && !format.value.starts_with("json:") {
            let what = format!("`format: {}`", format.value);
            let remedy = "use JSON Schema, `format: json`";
            return Err(self.unsupported(&format.pointer, &what, remedy));
        }
        let document = match &schema.content {
            SchemaContent::Inline(document) => document,
            SchemaContent::External(_) => {
                let pointer = format!("{}/resource", schema.pointer);
                let remedy = "write the schema in place, under `document`";
                return Err(self.unsupported(&pointer, "a schema's `resource`", remedy));
            }
        };
        Schema::compile(document).map_err(|reason| {
            let pointer = format!("{}/document", schema.pointer);
            // The rest of that message is for those who build validators.
            let reason = match reason.split_once(" is not present in a registry") {
                Some((resource, _)) => format!("{resource} is another document"),
                None => reason,
            };
            let message = format!("the schema is not valid: {reason}");
            let remedy = "write JSON Schema that refers to no other document";
            self.report(code::SCHEMA, &pointer, message, remedy)
        })
    }
}
