//! Ends a connection from outside its actor. An actor whose peer stops reading is never polled again, so neither a timer
//! nor a message can end it: the socket itself must be shut down, which wakes the connection with an error.

use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use actix_web::rt::net::TcpStream;
use socket2::SockRef;

/// The socket of one connection, as long as its session lives.
///
/// A duplicated descriptor would be simpler, and would halve the number of connections that a process can hold. So the
/// number itself is kept, and taken away by the session's end: the session is part of the response body, which the
/// connection drops before it closes its socket, so the number cannot have been given to another socket by then. The
/// peer's address is compared all the same.
#[derive(Debug)]
pub struct Cutter {
    socket: Mutex<Option<RawFd>>,
    peer: Option<SocketAddr>,
}

impl Cutter {
    pub fn of(stream: &TcpStream) -> Self {
        Self { socket: Mutex::new(Some(stream.as_raw_fd())), peer: stream.peer_addr().ok() }
    }

    /// Shuts the socket down in both directions. Harmless when it is closed already.
    pub fn cut(&self) {
        let socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fd) = *socket {
            // SAFETY: `disarm` runs, under this lock, before the connection closes the descriptor; see the type's comment.
            #[expect(unsafe_code, reason = "a borrowed descriptor cannot be had safely from a number")]
            let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
            let socket = SockRef::from(&borrowed);
            let same_peer = socket.peer_addr().is_ok_and(|peer| peer.as_socket() == self.peer);
            if same_peer {
                let _ = socket.shutdown(std::net::Shutdown::Both);
            }
        }
    }

    /// The session is over; from now on `cut` does nothing.
    pub fn disarm(&self) {
        *self.socket.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
