//! What a command writes, up to a limit, for as long as it runs.

use std::{io, process::ExitStatus, time::Duration};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::group::{Process, Running};

/// How long the output of a command that has ended may still be in the making: a child that keeps
/// the pipes open does not keep the action.
const DRAIN: Duration = Duration::from_millis(250);

/// The output of a command.
#[derive(Debug)]
pub(crate) struct Capture {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    bytes_max: usize,
}

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CaptureError {
    #[error(
        "the command was killed: it wrote more than {bytes_max} bytes to {to}; write less, or \
         raise executor.shell_output_bytes_max"
    )]
    TooLarge { to: &'static str, bytes_max: usize },
    #[error("the command was lost: {0}")]
    Io(#[from] io::Error),
}

impl Capture {
    /// An empty one, of at most `bytes_max` bytes for each of stdout and stderr.
    pub fn new(bytes_max: usize) -> Self {
        Self {
            stdout: Vec::new(),
            stderr: Vec::new(),
            bytes_max,
        }
    }

    /// Feeds `stdin` to the process and reads what it writes until it exits.
    ///
    /// # Errors
    /// The limit; the process must be ended then.
    pub async fn until_exit(
        &mut self,
        process: &mut Process,
        stdin: Option<&str>,
    ) -> Result<ExitStatus, CaptureError> {
        let Running {
            leader,
            stdin: to,
            stdout,
            stderr,
        } = process.running()?;
        let bytes_max = self.bytes_max;
        let pipes = async {
            tokio::try_join!(
                read(stdout, &mut self.stdout, "stdout", bytes_max),
                read(stderr, &mut self.stderr, "stderr", bytes_max),
                async {
                    if let (Some(mut to), Some(text)) = (to, stdin) {
                        // A command need not read its input.
                        let _ = to.write_all(text.as_bytes()).await;
                    }
                    Ok(())
                }
            )
        };
        tokio::pin!(pipes);
        tokio::select! {
            read = &mut pipes => {
                read?;
                Ok(leader.wait().await?)
            }
            status = leader.wait() => {
                let status = status?;
                if let Ok(read) = tokio::time::timeout(DRAIN, pipes).await {
                    read?;
                }
                Ok(status)
            }
        }
    }
}

async fn read(
    pipe: Option<&mut (impl AsyncRead + Unpin)>,
    into: &mut Vec<u8>,
    name: &'static str,
    bytes_max: usize,
) -> Result<(), CaptureError> {
    let Some(pipe) = pipe else { return Ok(()) };
    while pipe.read_buf(into).await? > 0 {
        if into.len() > bytes_max {
            return Err(CaptureError::TooLarge {
                to: name,
                bytes_max,
            });
        }
    }
    Ok(())
}
