//! W3C trace context, as the strings that messages carry.
//!
//! <https://www.w3.org/TR/trace-context/#traceparent-header>

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";

/// Makes `span` a child of the span that `traceparent` names. Call it before the span is entered;
/// afterwards it has no effect.
///
/// A text that is no traceparent starts a new trace, as the recommendation demands: a sender's
/// mistake in its telemetry must not stop a workflow.
pub fn set_parent_from(span: &Span, traceparent: &str) {
    if let Some(context) = parse_traceparent(traceparent) {
        // Refused when there is no export or the span is filtered: then there is nothing to link.
        let _ = span.set_parent(context);
    }
}

/// The `traceparent` of the span we are in; `None` without export. Then pass on the one that was
/// received, so that the trace continues behind us.
pub fn current_traceparent() -> Option<String> {
    traceparent_of(&Span::current())
}

/// As [`current_traceparent`], of `span`.
pub fn traceparent_of(span: &Span) -> Option<String> {
    let mut carrier = Carrier(None);
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.0
}

/// The context that `traceparent` names; `None` if it is malformed or all zeros.
pub fn parse_traceparent(traceparent: &str) -> Option<Context> {
    let carrier = Carrier(Some(traceparent.to_owned()));
    // Not the current context as a base: a malformed text would yield it unchanged.
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier);
    context.span().span_context().is_valid().then_some(context)
}

/// The one header we carry.
struct Carrier(Option<String>);

impl Extractor for Carrier {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == TRACEPARENT)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|_| TRACEPARENT).collect()
    }
}

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_traceparents_have_a_context() {
        let context = parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        let context = context.unwrap();
        let span = context.span();
        let trace_id = span.span_context().trace_id().to_string();
        assert_eq!(trace_id, "0af7651916cd43dd8448eb211c80319c");
        assert!(span.span_context().is_remote() && span.span_context().is_sampled());

        for malformed in [
            "",
            "00",
            "\u{0}",
            "ü-ü-ü-ü",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(parse_traceparent(malformed).is_none(), "{malformed:?}");
        }
    }

    #[test]
    fn without_export_there_is_no_traceparent_and_setting_one_is_harmless() {
        let span = tracing::info_span!("alone");
        set_parent_from(
            &span,
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        );
        assert_eq!(span.in_scope(current_traceparent), None);
    }
}
