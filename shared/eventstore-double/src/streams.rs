//! `Streams`: append and read.

use std::time::SystemTime;

use tokio_stream::StreamExt;
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};

use crate::{
    double::Shared,
    store::Written,
    wire::{
        AllOptions, AppendContent, AppendOptions, AppendReq, AppendResp, Appended, Current, Empty,
        Expected, ExpectedWas, Position, Proposed, ReadContent, ReadEvent, ReadReq, ReadResp,
        RecordedEvent, Start, StreamIdentifier, StreamNotFound, StreamOptions, Success, Uuid,
        UuidValue, WrongExpectedVersion,
    },
};

/// What a read answers with.
type Messages = tokio_stream::Iter<std::vec::IntoIter<Result<ReadResp, Status>>>;

pub(crate) async fn append(
    shared: Shared,
    request: Request<Streaming<AppendReq>>,
) -> Result<Response<AppendResp>, Status> {
    shared.admit(request.metadata())?;
    let mut messages = request.into_inner();
    let first = messages.next().await.transpose()?;
    let Some(AppendContent::Options(options)) = first.and_then(|message| message.content) else {
        return Err(Status::invalid_argument(
            "an append begins with its options",
        ));
    };
    let mut proposed = Vec::new();
    while let Some(message) = messages.next().await.transpose()? {
        let Some(AppendContent::Proposed(event)) = message.content else {
            return Err(Status::invalid_argument("after the options come events"));
        };
        proposed.push(event);
    }
    let expected = options.expected;
    let written = write(&shared, options, proposed)?;
    Ok(Response::new(answer(written, expected)))
}

/// What both kinds of append do.
pub(crate) fn write(
    shared: &Shared,
    options: AppendOptions,
    proposed: Vec<Proposed>,
) -> Result<Written, Status> {
    let AppendOptions {
        stream_identifier: Some(stream),
        expected: Some(expected),
    } = options
    else {
        return Err(Status::invalid_argument(
            "the stream or the revision is missing",
        ));
    };
    let size = |event: &Proposed| event.data.len() + event.custom_metadata.len();
    if proposed.iter().map(size).sum::<usize>() > shared.append_bytes_max() {
        return Err(too_large(shared.append_bytes_max()));
    }
    let events: Result<_, _> = proposed
        .into_iter()
        .map(|event| recorded(event, &stream))
        .collect();
    let written = shared
        .store()
        .append(&stream.stream_name, expected, events?);
    let written = written.map_err(|error| Status::internal(error.to_string()))?;
    if shared.loses_this_answer() {
        return Err(Status::unavailable("the answer is lost"));
    }
    Ok(written)
}

pub(crate) fn read(
    shared: &Shared,
    request: Request<ReadReq>,
) -> Result<Response<Messages>, Status> {
    shared.admit(request.metadata())?;
    let options = request.into_inner().options.unwrap_or_default();
    let contents = match (
        options.stream,
        options.all,
        options.count,
        options.direction,
    ) {
        (Some(stream), None, Some(count), 0) => of_stream(shared, stream, count),
        (None, Some(AllOptions { start: Some(_) }), Some(count), 0) => {
            let events = shared.store().read_all(count);
            events.iter().map(|event| content(event)).collect()
        }
        _ => {
            let known = "this double reads forwards: one stream, or $all from its start";
            return Err(Status::unimplemented(known));
        }
    };
    let messages = contents.into_iter().map(|content| {
        Ok(ReadResp {
            content: Some(content),
        })
    });
    let messages: Vec<_> = messages.collect();
    Ok(Response::new(tokio_stream::iter(messages)))
}

fn of_stream(shared: &Shared, stream: StreamOptions, count: u64) -> Vec<ReadContent> {
    let from = match stream.start {
        Some(Start::Revision(revision)) => revision,
        Some(Start::First(_)) | None => 0,
        Some(Start::End(_)) => u64::MAX,
    };
    let identifier = stream.stream_identifier.unwrap_or_default();
    let Some(events) = shared.store().read(&identifier.stream_name, from, count) else {
        return vec![ReadContent::StreamNotFound(StreamNotFound {
            stream_identifier: Some(identifier),
        })];
    };
    let last = events.last().map(|event| event.stream_revision);
    let contents = events.iter().map(|event| content(event));
    let last = last.map(ReadContent::LastStreamPosition);
    contents.chain(last).collect()
}

fn content(event: &RecordedEvent) -> ReadContent {
    ReadContent::Event(ReadEvent {
        commit_position: Some(event.commit_position),
        event: Some(event.clone()),
    })
}

fn recorded(proposed: Proposed, stream: &StreamIdentifier) -> Result<RecordedEvent, Status> {
    let Proposed {
        id,
        mut metadata,
        custom_metadata,
        data,
    } = proposed;
    if metadata.get("type").is_none_or(String::is_empty) {
        return Err(Status::invalid_argument("an event needs a type"));
    }
    if !metadata.contains_key("content-type") {
        return Err(Status::invalid_argument("an event needs a content type"));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ticks = now.unwrap_or_default().as_nanos() / 100;
    metadata.insert("created".to_owned(), ticks.to_string());
    Ok(RecordedEvent {
        id: Some(text(id.as_ref())?),
        stream_identifier: Some(stream.clone()),
        metadata,
        custom_metadata,
        data,
        ..RecordedEvent::default()
    })
}

/// An id as readers ask for it.
fn text(id: Option<&Uuid>) -> Result<Uuid, Status> {
    let text = match id.and_then(|id| id.value.as_ref()) {
        Some(UuidValue::Text(text)) => text.clone(),
        Some(UuidValue::Structured(bits)) => {
            let half = |bits: i64| format!("{:016x}", bits.cast_unsigned());
            let high = half(bits.most_significant_bits);
            let low = half(bits.least_significant_bits);
            let (a, b, c) = (&high[..8], &high[8..12], &high[12..]);
            format!("{a}-{b}-{c}-{}-{}", &low[..4], &low[4..])
        }
        None => return Err(Status::invalid_argument("an event needs an id")),
    };
    Ok(Uuid {
        value: Some(UuidValue::Text(text)),
    })
}

fn answer(written: Written, expected: Option<Expected>) -> AppendResp {
    let result = match written {
        Written::Stored { revision, position } => Appended::Success(success(revision, position)),
        Written::WrongExpectedVersion(current) => {
            let expected = expected.map(|expected| match expected {
                Expected::Revision(revision) => ExpectedWas::Revision(revision),
                Expected::NoStream(empty) => ExpectedWas::NoStream(empty),
                Expected::Any(empty) => ExpectedWas::Any(empty),
                Expected::StreamExists(empty) => ExpectedWas::StreamExists(empty),
            });
            Appended::WrongExpectedVersion(WrongExpectedVersion {
                current: Some(current.map_or(Current::NoStream(Empty {}), Current::Revision)),
                expected,
            })
        }
    };
    AppendResp {
        result: Some(result),
    }
}

pub(crate) fn success(revision: u64, position: u64) -> Success {
    Success {
        current_revision: Some(revision),
        position: Some(Position {
            commit_position: position,
            prepare_position: position,
        }),
    }
}

fn too_large(bytes_max: usize) -> Status {
    let mut metadata = MetadataMap::new();
    if let Ok(value) = "maximum-append-size-exceeded".parse() {
        metadata.insert("exception", value);
    }
    let message = format!("Maximum Append Size of {bytes_max} Exceeded.");
    Status::with_metadata(tonic::Code::InvalidArgument, message, metadata)
}
