//! Input, output, export, schemas, endpoints and authentication.

use crate::diagnostic::code;
use crate::model::Reference;
use crate::model::data::{
    Authentication, BearerToken, Endpoint, Export, Expression, ExternalResource, Input, Output,
    Schema, SchemaContent, Scheme, Secretable, Text, Transform, Uri, UserPassword, is_expression,
};
use crate::pointer;
use crate::read::field::{Fields, Spot};
use crate::read::{Reader, shape};
use crate::source::node::NodeKind;

pub(crate) const SCHEMES: [&str; 5] = ["basic", "bearer", "digest", "oauth2", "oidc"];

impl Reader<'_> {
    pub(super) fn input(&mut self, spot: &Spot<'_>) -> Option<Input> {
        let fields = self.object(spot, "a mapping with schema or from", &["schema", "from"])?;
        let (schema, from) = self.schema_and_transform(&fields, "from");
        Some(Input { schema, from })
    }

    pub(super) fn output(&mut self, spot: &Spot<'_>) -> Option<Output> {
        let fields = self.object(spot, "a mapping with schema or as", &["schema", "as"])?;
        let (schema, as_) = self.schema_and_transform(&fields, "as");
        Some(Output { schema, as_ })
    }

    pub(super) fn export(&mut self, spot: &Spot<'_>) -> Option<Export> {
        let fields = self.object(spot, "a mapping with schema or as", &["schema", "as"])?;
        let (schema, as_) = self.schema_and_transform(&fields, "as");
        Some(Export { schema, as_ })
    }

    fn schema_and_transform(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
    ) -> (Option<Schema>, Option<Transform>) {
        let schema = fields.get("schema").and_then(|spot| self.schema(&spot));
        (
            schema,
            fields.get(name).and_then(|spot| self.transform(&spot)),
        )
    }

    fn transform(&mut self, spot: &Spot<'_>) -> Option<Transform> {
        if let NodeKind::Mapping(_) = spot.node.kind {
            return Some(Transform::Template(self.template(spot)));
        }
        if spot.string().is_none() {
            self.wrong_type(spot, "a runtime expression, a string, or a mapping");
            return None;
        }
        self.expression(spot).map(Transform::Expression)
    }

    fn schema(&mut self, spot: &Spot<'_>) -> Option<Schema> {
        let known = ["format", "document", "resource"];
        let fields = self.object(spot, "a mapping with document or resource", &known)?;
        let format = match fields.get("format") {
            Some(spot) => self.text(&spot, "the schema's format, a string")?,
            None => Text {
                value: "json".to_owned(),
                pointer: pointer::join(&spot.pointer, "format"),
            },
        };
        let content = match self.one_of(&fields, &["document", "resource"])? {
            ("document", spot) => SchemaContent::Inline(spot.node.to_value()),
            (_, spot) => SchemaContent::External(Box::new(self.external_resource(&spot)?)),
        };
        Some(Schema {
            format,
            content,
            pointer: spot.pointer.clone(),
        })
    }

    pub(super) fn external_resource(&mut self, spot: &Spot<'_>) -> Option<ExternalResource> {
        let fields = self.object(spot, "a mapping with endpoint", &["name", "endpoint"])?;
        let name = fields.get("name").and_then(|spot| self.owned(&spot));
        let endpoint = self.required(&fields, "endpoint", "the resource's URL")?;
        Some(ExternalResource {
            name,
            endpoint: self.endpoint(&endpoint)?,
        })
    }

    pub(super) fn endpoint(&mut self, spot: &Spot<'_>) -> Option<Endpoint> {
        let pointer = spot.pointer.clone();
        if spot.string().is_some() {
            return Some(Endpoint {
                uri: self.uri(spot)?,
                authentication: None,
                pointer,
            });
        }
        let what = "a URL, a string, or a mapping with `uri`";
        let fields = self.object(spot, what, &["uri", "authentication"])?;
        let uri = self
            .required(&fields, "uri", "the URL")
            .and_then(|spot| self.uri(&spot));
        let authentication = fields
            .get("authentication")
            .and_then(|spot| self.authentication_ref(&spot));
        Some(Endpoint {
            uri: uri?,
            authentication,
            pointer,
        })
    }

    pub(super) fn uri(&mut self, spot: &Spot<'_>) -> Option<Uri> {
        let what = "a URL or URL template, a string, or an expression in `${ }`";
        let text = self.filled(spot, what)?;
        let pointer = spot.pointer.clone();
        if is_expression(text) {
            return Some(Uri::Expression(Expression {
                text: text.to_owned(),
                pointer,
            }));
        }
        if text
            .chars()
            .any(|char| char.is_whitespace() || char.is_control())
        {
            let message = format!("{} has white space in it", spot.name);
            self.report(code::NOT_ALLOWED, spot, message, format!("expected {what}"));
            return None;
        }
        Some(Uri::Template(Text {
            value: text.to_owned(),
            pointer,
        }))
    }

    pub(super) fn authentication_ref(
        &mut self,
        spot: &Spot<'_>,
    ) -> Option<Reference<Authentication>> {
        let named = spot.node.member("use").is_some();
        if !named {
            return self.authentication(spot).map(Reference::Inline);
        }
        let fields = self.map(spot, "an authentication policy")?;
        let mut known = SCHEMES.to_vec();
        known.insert(0, "use");
        self.refuse_unknown(&fields, &known);
        let (_, use_) = self.one_of(&fields, &known)?;
        self.component_name(&use_, "authentications")
            .map(Reference::Named)
    }

    pub(super) fn authentication(&mut self, spot: &Spot<'_>) -> Option<Authentication> {
        let fields = self.object(spot, "an authentication policy, a mapping", &SCHEMES)?;
        let (name, scheme) = self.one_of(&fields, &SCHEMES)?;
        let scheme = match name {
            "basic" => Scheme::Basic(self.secretable(&scheme, Self::user_password)?),
            "bearer" => Scheme::Bearer(self.secretable(&scheme, Self::bearer_token)?),
            "digest" => Scheme::Digest(self.secretable(&scheme, Self::user_password)?),
            "oauth2" => Scheme::OAuth2(
                self.secretable(&scheme, |reader, spot| reader.shaped(spot, &shape::OAUTH2))?,
            ),
            _ => Scheme::Oidc(
                self.secretable(&scheme, |reader, spot| reader.shaped(spot, &shape::OIDC))?,
            ),
        };
        Some(Authentication {
            scheme,
            pointer: spot.pointer.clone(),
        })
    }

    fn secretable<T>(
        &mut self,
        spot: &Spot<'_>,
        inline: impl FnOnce(&mut Self, &Spot<'_>) -> Option<T>,
    ) -> Option<Secretable<T>> {
        if spot.node.member("use").is_none() {
            return inline(self, spot).map(Secretable::Inline);
        }
        let fields = self.object(spot, "a mapping", &["use"])?;
        let secret = self.required(&fields, "use", "the name of a secret")?;
        self.text(&secret, "the name of a secret, a string")
            .map(Secretable::Secret)
    }

    fn user_password(&mut self, spot: &Spot<'_>) -> Option<UserPassword> {
        let what = "a mapping with username and password, or with `use`";
        let fields = self.object(spot, what, &["username", "password"])?;
        let username = self.required(&fields, "username", "the user's name");
        let username = username.and_then(|spot| self.string_template(&spot));
        let password = self.required(&fields, "password", "the password");
        let password = password.and_then(|spot| self.string_template(&spot));
        Some(UserPassword {
            username: username?,
            password: password?,
        })
    }

    fn bearer_token(&mut self, spot: &Spot<'_>) -> Option<BearerToken> {
        let fields = self.object(spot, "a mapping with token, or with `use`", &["token"])?;
        let token = self.required(&fields, "token", "the token")?;
        Some(BearerToken {
            token: self.string_template(&token)?,
        })
    }
}
