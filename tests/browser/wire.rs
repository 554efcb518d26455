//! The line between one browser and the server, which can be cut. The browser believes that it speaks to the server's
//! own address, so that nothing else is different.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Everything passes.
    Whole,
    /// Pages and requests pass, live connections do not, as behind some proxies.
    WithoutLive,
    /// What the browser says arrives, what it is told does not.
    StalledReader,
    Cut,
}

#[derive(Clone)]
pub struct Wire {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    flow: Flow,
    open: Vec<WireConnection>,
}

struct WireConnection {
    is_live: bool,
    ends: [TcpStream; 2],
}

impl Wire {
    pub fn to(server_port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let wire = Self { address, state: Arc::new(Mutex::new(State { flow: Flow::Whole, open: Vec::new() })) };
        let accepting = wire.clone();
        // It ends with the process; until then it may wait for nobody.
        thread::spawn(move || {
            for browser in listener.incoming().flatten() {
                let wire = accepting.clone();
                thread::spawn(move || wire.carry(browser, server_port));
            }
        });
        wire
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What may no longer pass is cut off in the same moment.
    pub fn set(&self, flow: Flow) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.flow = flow;
        state.open.retain(|connection| connection.passes(flow));
    }

    fn carry(&self, mut browser: TcpStream, server_port: u16) -> io::Result<()> {
        // The first bytes tell a live connection from a request; a browser never uses one for both.
        let mut head = [0; 256];
        let read = browser.read(&mut head)?;
        let head = head.get(..read).unwrap_or_default();
        let mut server = TcpStream::connect(("127.0.0.1", server_port))?;
        let is_live = head.starts_with(b"GET /api/v1/socket");
        let connection = WireConnection { is_live, ends: [browser.try_clone()?, server.try_clone()?] };
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if !connection.passes(state.flow) {
                return Ok(());
            }
            state.open.push(connection);
        }
        server.write_all(head)?;
        let (back_from, back_to, wire) = (server.try_clone()?, browser.try_clone()?, self.clone());
        thread::spawn(move || pass(back_from, back_to, || wire.flow() != Flow::StalledReader));
        pass(browser, server, || true);
        Ok(())
    }

    fn flow(&self) -> Flow {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).flow
    }
}

impl WireConnection {
    /// Whether it may go on; if not, it has been cut.
    fn passes(&self, flow: Flow) -> bool {
        let may_pass = match flow {
            Flow::Whole | Flow::StalledReader => true,
            Flow::WithoutLive => !self.is_live,
            Flow::Cut => false,
        };
        if !may_pass {
            for end in &self.ends {
                let _ = end.shutdown(Shutdown::Both);
            }
        }
        may_pass
    }
}

/// Until either end goes, as either may at any time: that is what a wire is for.
fn pass(mut from: TcpStream, mut to: TcpStream, is_heard: impl Fn() -> bool) {
    let mut bytes = vec![0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let is_gone = is_heard() && to.write_all(bytes.get(..read).unwrap_or_default()).is_err();
        if is_gone {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
