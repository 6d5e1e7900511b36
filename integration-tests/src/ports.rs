//! Free ports.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

/// Below what systems take for outgoing connections: nobody gets one of these by chance while the
/// service that had it is being restarted.
const FIRST: u16 = 10_000;
const COUNT: u16 = 20_000;
/// Tests that run at the same time are different processes: each begins somewhere else.
const BLOCK: u16 = 50;

static TAKEN: AtomicU16 = AtomicU16::new(0);

/// A port on loopback that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let block = u16::try_from(process::id() % u32::from(COUNT / BLOCK)).unwrap() * BLOCK;
    for _ in 0..COUNT {
        let offset = block.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = FIRST + offset;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free from {FIRST} to {}", FIRST + COUNT);
}
