//! A process and all its children: they end together.

use std::{io, process::ExitStatus, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
    runtime::Handle,
};
use tokio_util::task::TaskTracker;

/// How long a group may take to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_millis(500);

/// A running command, leader of a process group. Dropping it ends the whole group: with SIGTERM,
/// and after a grace period with SIGKILL.
pub(super) struct Process {
    group: Option<Group>,
    ending: TaskTracker,
}

impl Process {
    /// Starts `command` in a group of its own; `ending` is where its end is waited for.
    pub fn spawn(mut command: Command, ending: &TaskTracker) -> io::Result<Self> {
        let leader = command.process_group(0).kill_on_drop(true).spawn()?;
        let id = leader
            .id()
            .and_then(|id| Pid::from_raw(id.try_into().ok()?));
        let id = id.ok_or_else(|| io::Error::other("the process has no id"))?;
        Ok(Self {
            group: Some(Group { leader, id }),
            ending: ending.clone(),
        })
    }

    /// Its pipes, once.
    pub fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        self.group
            .as_mut()
            .map_or((None, None, None), |Group { leader, .. }| {
                (
                    leader.stdin.take(),
                    leader.stdout.take(),
                    leader.stderr.take(),
                )
            })
    }

    /// Waits for the command itself; its children may live on. Cancel-safe.
    pub async fn exit(&mut self) -> io::Result<ExitStatus> {
        match &mut self.group {
            Some(group) => group.leader.wait().await,
            None => Err(io::Error::other("the process has ended")),
        }
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
            let _ = tokio::time::timeout(GRACE, group.leader.wait()).await;
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
}

impl Group {
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
