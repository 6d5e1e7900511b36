//! The shapes of what is checked but kept as written: only executors read it, or nobody yet.

mod known;

pub(crate) use self::known::{
    A2A, ASYNCAPI, CONTAINER, GRPC, MCP, OAUTH2, OIDC, OPENAPI, SCRIPT, WORKFLOW,
};

use crate::diagnostic::code;
use crate::model::data::{Template, is_expression};
use crate::read::Reader;
use crate::read::field::Spot;

/// What a value must look like.
pub(crate) enum Shape {
    /// A string.
    Text,
    /// `${ … }`.
    Expression,
    /// True or false.
    Boolean,
    /// A whole number up to this.
    Integer(u64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of strings.
    Texts,
    /// A mapping of strings.
    TextMap,
    /// A mapping of anything.
    Map,
    /// A mapping of anything, or a string.
    MapOrText,
    /// A duration.
    Duration,
    /// A namespace or name of a workflow.
    Label,
    /// A URI, a template of one, or an expression.
    Uri,
    /// An endpoint.
    Endpoint,
    /// An external resource.
    Resource,
    /// An authentication policy or the name of one.
    Authentication,
    /// The iterator of a subscription.
    Iterator,
    /// A mapping with these properties and no others.
    Object(&'static [Property]),
    /// A mapping with the properties of both.
    Extended(&'static [Property], &'static [Property]),
}

/// A property of a shape.
pub(crate) struct Property {
    pub name: &'static str,
    pub required: bool,
    pub shape: Shape,
}

const fn required(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        required: true,
        shape,
    }
}

const fn optional(name: &'static str, shape: Shape) -> Property {
    Property {
        name,
        required: false,
        shape,
    }
}

impl Reader<'_> {
    /// The value as written, if it has the shape.
    pub(super) fn shaped(&mut self, spot: &Spot<'_>, shape: &Shape) -> Option<Template> {
        self.check(spot, shape).map(|()| self.template(spot))
    }

    fn check(&mut self, spot: &Spot<'_>, shape: &Shape) -> Option<()> {
        match shape {
            Shape::Text => self.string(spot, "a string").map(drop),
            Shape::Expression => self.check_expression(spot),
            Shape::Boolean => self.boolean(spot).map(drop),
            Shape::Integer(most) => self.integer(spot, 0..=*most).map(drop),
            Shape::Word(words) => {
                let words: Vec<(&str, ())> = words.iter().map(|word| (*word, ())).collect();
                self.word(spot, &words)
            }
            Shape::Texts => self.string_list(spot).map(drop),
            Shape::TextMap => self.string_map(spot, "a mapping of strings"),
            Shape::Map => self.map(spot, "a mapping").map(drop),
            Shape::MapOrText if spot.string().is_some() => Some(()),
            Shape::MapOrText => self.map(spot, "a mapping, or a string").map(drop),
            Shape::Duration => self.duration(spot).map(drop),
            Shape::Label => self.label(spot).map(drop),
            Shape::Uri => self.uri(spot).map(drop),
            Shape::Endpoint => self.endpoint(spot).map(drop),
            Shape::Resource => self.external_resource(spot).map(drop),
            Shape::Authentication => self.authentication_ref(spot).map(drop),
            Shape::Iterator => self.iterator(spot).map(drop),
            Shape::Object(properties) => self.check_object(spot, properties, &[]),
            Shape::Extended(base, more) => self.check_object(spot, base, more),
        }
    }

    fn check_object(
        &mut self,
        spot: &Spot<'_>,
        base: &[Property],
        more: &[Property],
    ) -> Option<()> {
        let properties = || base.iter().chain(more);
        let names: Vec<&str> = properties().map(|property| property.name).collect();
        let fields = self.object(spot, "a mapping", &names)?;
        let mut fits = Some(());
        for Property {
            name,
            required,
            shape,
        } in properties()
        {
            let found = if *required {
                let found = self.required(&fields, name, "its value");
                fits = fits.and(found.as_ref().map(|_| ()));
                found
            } else {
                fields.get(name)
            };
            if let Some(found) = found {
                fits = self.check(&found, shape).and(fits);
            }
        }
        fits
    }

    fn check_expression(&mut self, spot: &Spot<'_>) -> Option<()> {
        let what = "a runtime expression in `${ }`, a string";
        let text = self.string(spot, what)?;
        if is_expression(text) {
            return Some(());
        }
        let message = format!("{} is not an expression", spot.name);
        self.report(code::NOT_ALLOWED, spot, message, format!("expected {what}"));
        None
    }
}
