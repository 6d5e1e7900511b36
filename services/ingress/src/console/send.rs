//! `/send`: a form that publishes a CloudEvent.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use weir_protocol::cloudevent::CloudEvent;

use super::{
    form::{Fields, json_field, wrong_field},
    page::{Page, Place},
    trouble::Trouble,
};
use crate::http::{Api, Search, events};

/// What events that are sent from here say that they come from, unless somebody says otherwise.
const SOURCE: &str = "/console";

/// What the page begins with.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Begun {
    /// The type to send.
    r#type: String,
    /// The id of the event that was sent just now.
    sent: Option<String>,
}

/// The page, with a type to send.
pub(super) fn path(event_type: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("type", event_type);
    format!("/send?{}", query.finish())
}

/// What somebody has written into the form.
#[derive(Default)]
struct Draft {
    event_type: String,
    source: String,
    id: String,
    subject: String,
    data: String,
    /// What is wrong with the data, or with the rest.
    wrong_data: Option<String>,
    wrong: Option<String>,
}

pub(super) async fn page(Search(begun): Search<Begun>) -> Page {
    let draft = Draft {
        event_type: begun.r#type,
        source: SOURCE.to_owned(),
        id: Uuid::now_v7().to_string(),
        data: "{}".to_owned(),
        ..Draft::default()
    };
    draft.page(begun.sent.as_deref())
}

pub(super) async fn send(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Trouble> {
    let fields = Fields::read(&api, body).await?;
    let mut draft = Draft {
        event_type: fields.raw("type").trim().to_owned(),
        source: fields.raw("source").trim().to_owned(),
        id: fields.raw("id").trim().to_owned(),
        subject: fields.raw("subject").trim().to_owned(),
        data: fields.raw("data").to_owned(),
        ..Draft::default()
    };
    let mut event = json!({
        "specversion": "1.0",
        "type": draft.event_type,
        "source": draft.source,
        "id": draft.id,
        "datacontenttype": "application/json",
    });
    if !draft.subject.is_empty() {
        event["subject"] = json!(draft.subject);
    }
    match fields.json("data") {
        Ok(data) => event["data"] = data,
        Err(wrong) => draft.wrong_data = Some(wrong),
    }
    let event = CloudEvent::from_value(event);
    if let (None, Err(wrong)) = (&draft.wrong_data, &event) {
        draft.wrong = Some(format!("This is no event: {wrong}."));
    }
    let (Ok(event), None) = (event, &draft.wrong_data) else {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, draft.page(None)).into_response());
    };
    events::accept(&api, &[event], &headers).await?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("type", &draft.event_type);
    query.append_pair("sent", &draft.id);
    Ok(Redirect::to(&format!("/send?{}", query.finish())).into_response())
}

impl Draft {
    fn page(&self, sent: Option<&str>) -> Page {
        Page {
            title: "Send event".to_owned(),
            place: Place::Send,
            live: None,
            main: html! {
                h1 { "Send event" }
                p.quiet {
                    "A CloudEvent starts the workflows, and reaches the waiting instances, whose \
                     filters it matches."
                }
                @if let Some(id) = sent {
                    p.notice.completed #sent role="status" {
                        "The event " code { (id) } " is stored, and on its way."
                    }
                }
                form.card method="post" action="/send" {
                    (self.fields())
                    button.primary type="submit" { "Send" }
                }
            },
        }
    }

    fn fields(&self) -> Markup {
        html! {
            (wrong_field("wrong", self.wrong.as_deref()))
            div.pair {
                (field("type", "Type", &self.event_type, true))
                (field("source", "Source", &self.source, true))
                (field("id", "Id (a repeated one is the same event)", &self.id, true))
                (field("subject", "Subject (may stay empty)", &self.subject, false))
            }
            (json_field("data", "Data, as JSON", &self.data, self.wrong_data.as_deref()))
        }
    }
}

fn field(name: &str, label: &str, value: &str, is_required: bool) -> Markup {
    html! {
        div {
            label for=(name) { (label) }
            input #(name) name=(name) value=(value) required[is_required] autocomplete="off"
                spellcheck="false";
        }
    }
}
