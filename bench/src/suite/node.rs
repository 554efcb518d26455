//! Processes that are measured: started, waited for, killed.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

const START: Duration = Duration::from_secs(20);
/// A server that is told to stop finishes within its own limit of ten seconds.
const STOP: Duration = Duration::from_secs(12);

/// A server, the real one or a bare one. Killed when dropped.
pub struct ServedNode {
    child: Child,
    pub addr: SocketAddr,
    log: PathBuf,
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr()?.port())
}

impl ServedNode {
    /// Starts `command`, which will listen on `port`, and waits until it says that it is ready.
    pub fn start(mut command: Command, port: u16, log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        let mut node = Self { child, addr, log: log.to_owned() };
        let begin = Instant::now();
        while !is_ready(addr) {
            if let Some(status) = node.child.try_wait()? {
                bail!("the server ended with {status}: {}", node.said());
            }
            if begin.elapsed() > START {
                bail!("the server is not ready after {START:?}: {}", node.said());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(node)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Asks it to go, as an operator would, and passes on what it warned of.
    pub fn stop(mut self) -> Result<()> {
        let begin = Instant::now();
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.pid())?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).context("cannot stop the server")?;
        while self.child.try_wait()?.is_none() && begin.elapsed() < STOP {
            std::thread::sleep(Duration::from_millis(5));
        }
        let said = self.said();
        if !said.is_empty() {
            eprintln!("the server logged:\n{said}");
        }
        Ok(())
    }

    /// `kill -9`.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill().context("cannot kill the server")?;
        self.child.wait().context("cannot wait for the server")?;
        Ok(())
    }

    /// How its log begins.
    fn said(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().take(8).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for ServedNode {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_ready(addr: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&addr, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}
