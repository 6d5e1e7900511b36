//! The double of EventStoreDB, as a process.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::{
    ports::free_port,
    wait::{pause, within},
};

/// A server that holds the journals. Killed when dropped.
pub(crate) struct Store {
    program: &'static str,
    folder: PathBuf,
    address: SocketAddr,
    child: Option<Child>,
}

impl Store {
    /// One that is not running yet.
    pub fn new(program: &'static str, folder: &Path) -> Self {
        Self {
            program,
            folder: folder.to_owned(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, free_port())),
            child: None,
        }
    }

    /// What services need to know.
    pub fn settings(&self) -> [String; 2] {
        [
            "journal.backend=eventstore".to_owned(),
            format!(
                "journal.connection_string=esdb://{}?tls=false",
                self.address
            ),
        ]
    }

    /// Starts it; returns when it accepts connections.
    pub async fn start(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("eventstore.log"));
        let mut command = Command::new(self.program);
        command
            .arg(self.address.to_string())
            .arg(self.folder.join("eventstore"))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.unwrap())
            .kill_on_drop(true);
        self.child = Some(command.spawn().unwrap());
        within("the journals' server accepts connections", async {
            while TcpStream::connect(self.address).await.is_err() {
                pause().await;
            }
        })
        .await;
    }

    /// SIGKILL; returns once it is gone.
    ///
    /// # Panics
    /// If it has ended by itself.
    pub async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        assert_eq!(child.try_wait().unwrap(), None, "it ended by itself");
        child.kill().await.unwrap();
    }
}
