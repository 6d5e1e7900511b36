//! From the status of a gRPC call to an error of the workflow.

use std::error::Error;

use tonic::{Code, Status};
use weir_engine::{ErrorKind, WorkflowError};

/// What tonic says of a message that is larger than it was told to take.
const TOO_LARGE: &str = "decoded message length too large";

/// As an HTTP call that fails: `communication`, with the status of HTTP that the code stands for.
pub(super) fn failure(what: &str, status: &Status, bytes_max: usize) -> WorkflowError {
    if status.message().contains(TOO_LARGE) {
        return failure(what, &too_large(bytes_max), bytes_max);
    }
    let code = status.code();
    // Where there was no answer, the causes say why.
    let message = status
        .source()
        .map_or_else(|| status.message().to_owned(), chain);
    WorkflowError {
        status: http_status(code),
        ..ErrorKind::Communication.error(format!("{what} answered {code:?}: {message}"))
    }
}

/// The status of an answer that is not read.
pub(super) fn too_large(bytes_max: usize) -> Status {
    Status::unknown(format!(
        "more than {bytes_max} bytes; ask for less, or raise executor.response_bytes_max"
    ))
}

/// As `google.rpc.Code` has them.
fn http_status(code: Code) -> u64 {
    match code {
        Code::Ok => 200,
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound => 404,
        Code::AlreadyExists | Code::Aborted => 409,
        Code::ResourceExhausted => 429,
        Code::Cancelled => 499,
        Code::Unknown | Code::Internal | Code::DataLoss => 500,
        Code::Unimplemented => 501,
        Code::Unavailable => 503,
        Code::DeadlineExceeded => 504,
    }
}

/// An error and its causes.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
