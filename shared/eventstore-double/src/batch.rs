//! `Streams.BatchAppend`: many appends, one after another, on one open call.

use std::pin::Pin;

use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Request, Response, Status, Streaming};

use crate::{
    double::Shared,
    store::Written,
    streams::{success, write},
    wire::{BatchAppendReq, BatchAppendResp, BatchAppended, RpcStatus},
};

/// What it answers with.
type Answers = Pin<Box<dyn Stream<Item = Result<BatchAppendResp, Status>> + Send>>;

pub(crate) fn append(
    shared: Shared,
    request: Request<Streaming<BatchAppendReq>>,
) -> Result<Response<Answers>, Status> {
    shared.admit(request.metadata())?;
    if !shared.batches() {
        return Err(Status::unimplemented("it is older than that"));
    }
    let requests = request.into_inner();
    let answers = requests.map(move |request| answer(&shared, request?));
    Ok(Response::new(Box::pin(answers)))
}

fn answer(shared: &Shared, request: BatchAppendReq) -> Result<BatchAppendResp, Status> {
    let BatchAppendReq {
        correlation_id,
        options: Some(options),
        proposed,
        is_final: true,
    } = request
    else {
        return Err(Status::unimplemented("this double wants an append whole"));
    };
    let stream_identifier = options.stream_identifier.clone();
    let result = match write(shared, options, proposed) {
        Ok(Written::Stored { revision, position }) => {
            BatchAppended::Success(success(revision, position))
        }
        Ok(Written::WrongExpectedVersion(_)) => BatchAppended::Error(RpcStatus {
            code: Code::AlreadyExists.into(),
            message: "WrongExpectedVersion".to_owned(),
        }),
        // A lost answer takes the call with it.
        Err(status) if status.code() == Code::Unavailable => return Err(status),
        Err(status) => BatchAppended::Error(RpcStatus {
            code: status.code().into(),
            message: status.message().to_owned(),
        }),
    };
    Ok(BatchAppendResp {
        correlation_id,
        result: Some(result),
        stream_identifier,
    })
}
