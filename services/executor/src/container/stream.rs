//! The streams of a container, which an engine sends in frames: one byte for which, three that are
//! nothing, four for the length, and so many bytes.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use weir_engine::{ErrorKind, WorkflowError};

const STDERR: u8 = 2;

/// What a container wrote.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Gives a container its input, and reads what it writes until it closes its output.
///
/// # Errors
/// `runtime` if it writes more than `bytes_max` to stdout or stderr.
pub(super) async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    stdin: Option<String>,
    bytes_max: usize,
) -> Result<Output, WorkflowError> {
    let (mut from, mut to) = split(stream);
    let write = async {
        if let Some(stdin) = stdin {
            // A command need not read its input.
            let _ = to.write_all(stdin.as_bytes()).await;
            let _ = to.shutdown().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        read = read(&mut from, bytes_max) => read,
        () = write => Ok(Output::default()),
    }
}

async fn read(
    from: &mut (impl AsyncRead + Unpin),
    bytes_max: usize,
) -> Result<Output, WorkflowError> {
    let mut output = Output::default();
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let mut head = [0; 8];
        if let Err(error) = from.read_exact(&mut head).await {
            let is_end = error.kind() == std::io::ErrorKind::UnexpectedEof;
            return if is_end {
                Ok(output)
            } else {
                Err(broken(&error))
            };
        }
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let mut left = usize::try_from(length).unwrap_or(usize::MAX);
        let (into, name) = if head[0] == STDERR {
            (&mut output.stderr, "stderr")
        } else {
            (&mut output.stdout, "stdout")
        };
        if into.len() + left > bytes_max {
            return Err(ErrorKind::Runtime.error(format!(
                "the container was removed: it wrote more than {bytes_max} bytes to {name}; write \
                 less, or raise executor.shell_output_bytes_max"
            )));
        }
        while left > 0 {
            let most = left.min(buffer.len());
            let count = from
                .read(&mut buffer[..most])
                .await
                .map_err(|error| broken(&error))?;
            if count == 0 {
                return Err(broken(&std::io::ErrorKind::UnexpectedEof.into()));
            }
            into.extend_from_slice(&buffer[..count]);
            left -= count;
        }
    }
}

fn broken(error: &std::io::Error) -> WorkflowError {
    ErrorKind::Communication.error(format!("the container's output broke off: {error}"))
}
