//! Authentication policies, in place or under `use.authentications`.

use serde_json::Value;
use weir_definition::model::Reference;
use weir_definition::model::data::{
    Authentication as Source, Scheme, Secretable, Template as TemplateSource, UserPassword,
};
use weir_expression::Template;

use super::Compiler;
use super::report::{Compiled, Reported};
use crate::Authentication;

impl<'d> Compiler<'d> {
    pub(super) fn authentication(
        &mut self,
        policy: &'d Reference<Source>,
    ) -> Compiled<Authentication> {
        let components = &self.definition.use_.authentications;
        let policy = match policy {
            Reference::Inline(policy) => policy,
            Reference::Named(name) => match components.get(&name.value) {
                Some(policy) => policy,
                None => return Err(self.unknown(name, "authentications")),
            },
        };
        match &policy.scheme {
            Scheme::Basic(login) => {
                let (username, password) = self.login(login)?;
                Ok(Authentication::Basic { username, password })
            }
            Scheme::Digest(login) => {
                let (username, password) = self.login(login)?;
                Ok(Authentication::Digest { username, password })
            }
            Scheme::Bearer(Secretable::Inline(bearer)) => {
                let token = self.template(&bearer.token)?;
                Ok(Authentication::Bearer { token })
            }
            Scheme::Bearer(Secretable::Secret(name)) => {
                let token = self.secret(name, ".token")?;
                Ok(Authentication::Bearer { token })
            }
            Scheme::OAuth2(source) => self.token(source, false),
            Scheme::Oidc(source) => self.token(source, true),
        }
    }

    fn login(&mut self, login: &'d Secretable<UserPassword>) -> Compiled<(Template, Template)> {
        match login {
            Secretable::Inline(login) => {
                let username = self.template(&login.username);
                let password = self.template(&login.password);
                Ok((username?, password?))
            }
            Secretable::Secret(name) => Ok((
                self.secret(name, ".username")?,
                self.secret(name, ".password")?,
            )),
        }
    }

    fn token(
        &mut self,
        source: &'d Secretable<TemplateSource>,
        oidc: bool,
    ) -> Compiled<Authentication> {
        let with = match source {
            Secretable::Secret(name) => self.secret(name, "")?,
            Secretable::Inline(policy) => {
                if policy.value.get("grant").and_then(Value::as_str) == Some("authorization_code") {
                    return Err(self.needs_person(&policy.pointer));
                }
                self.template(policy)?
            }
        };
        Ok(Authentication::Token { oidc, with })
    }

    /// Reports a policy whose token only a person can get.
    pub(super) fn needs_person(&mut self, pointer: &str) -> Reported {
        let pointer = format!("{pointer}/grant");
        let what = "the grant `authorization_code`, which needs a person at a browser,";
        let remedy = "use `client_credentials`, `password` or `refresh_token`";
        self.unsupported(&pointer, what, remedy)
    }
}
