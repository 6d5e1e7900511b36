//! `weir schema`: what editors complete and check definitions with.

use weir_definition::schema::schema as of_definitions;

use crate::output::{Exit, Output};

pub(crate) fn schema(output: &Output) -> Exit {
    let schema = of_definitions();
    output.print(&schema, || format!("{schema:#}"));
    Exit::Done
}
