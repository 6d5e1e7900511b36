//! A process and all its children: they end together.

use std::{io, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncRead, copy, sink},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    runtime::Handle,
};
use tokio_util::task::TaskTracker;

/// How long a group may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// A running command, leader of a process group. Dropping it ends the whole group: with SIGTERM,
/// and after a grace period with SIGKILL.
pub(crate) struct Process {
    group: Option<Group>,
    ending: TaskTracker,
}

/// What can be done with a running command at the same time.
pub(crate) struct Running<'a> {
    /// The command itself; its children may live on after it.
    pub leader: &'a mut Child,
    /// Its input, once.
    pub stdin: Option<ChildStdin>,
    /// Its output. Stays open for as long as the process, who would else die of writing.
    pub stdout: Option<&'a mut ChildStdout>,
    /// The same.
    pub stderr: Option<&'a mut ChildStderr>,
}

impl Process {
    /// Starts `command` in a group of its own; `ending` is where its end is waited for.
    pub fn spawn(mut command: Command, ending: &TaskTracker) -> io::Result<Self> {
        let mut leader = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = leader
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let group = Group {
            id: id.ok_or_else(|| io::Error::other("the process has no id"))?,
            stdout: leader.stdout.take(),
            stderr: leader.stderr.take(),
            leader,
        };
        Ok(Self {
            group: Some(group),
            ending: ending.clone(),
        })
    }

    /// The command and its pipes.
    pub fn running(&mut self) -> io::Result<Running<'_>> {
        let ended = || io::Error::other("the process has ended");
        let Group {
            leader,
            stdout,
            stderr,
            ..
        } = self.group.as_mut().ok_or_else(ended)?;
        Ok(Running {
            stdin: leader.stdin.take(),
            leader,
            stdout: stdout.as_mut(),
            stderr: stderr.as_mut(),
        })
    }

    /// Ends what the command has left behind, at once.
    pub fn end(mut self) {
        drop(self.group.take());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Some(mut group) = self.group.take() else {
            return;
        };
        group.signal(Signal::TERM);
        let end = async move {
            // Whether it has ended or not: dropping the group kills what is left of it. So it
            // does if the runtime stops first, or there is none.
            let _ = tokio::time::timeout(GRACE, group.exit()).await;
        };
        if let Ok(runtime) = Handle::try_current() {
            self.ending.spawn_on(end, &runtime);
        }
    }
}

/// Kills all of its processes when dropped.
struct Group {
    leader: Child,
    id: Pid,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
}

impl Group {
    /// Waits for the command, whatever it still writes.
    async fn exit(&mut self) {
        let Self {
            leader,
            stdout,
            stderr,
            ..
        } = self;
        tokio::select! {
            _ = leader.wait() => {}
            never = async { tokio::join!(ignore(stdout), ignore(stderr)) } => match never.0 {},
        }
    }

    fn signal(&self, signal: Signal) {
        // The only failure is that there is nobody left to hear it. The id is not given to
        // another group while one of its processes lives, and if none does, this comes too soon
        // after for the system's process ids to have come round.
        let _ = kill_process_group(self.id, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// Reads on for ever.
async fn ignore(pipe: &mut Option<impl AsyncRead + Unpin>) -> std::convert::Infallible {
    if let Some(pipe) = pipe {
        let _ = copy(pipe, &mut sink()).await;
    }
    std::future::pending().await
}
