//! The testkit's driver, with tcp as its transport.

use speedwell_tcp::Tcp;
use speedwell_testkit::loopback;
use speedwell_transport::{Addr, Conn, Dialer, EndpointOptions, Error, Listener};

pub use speedwell_testkit::loopback::{PULL, PUSH, Pipe, accept, addr, join, settle, shake, until};

pub fn listen(text: &str) -> Result<Box<dyn Listener>, Error> {
    listen_with(text, &EndpointOptions::default())
}

pub fn listen_with(text: &str, options: &EndpointOptions) -> Result<Box<dyn Listener>, Error> {
    loopback::listen(&Tcp::new(), text, options)
}

pub fn dialer(text: &str) -> Result<Box<dyn Dialer>, Error> {
    dialer_with(text, &EndpointOptions::default())
}

pub fn dialer_with(text: &str, options: &EndpointOptions) -> Result<Box<dyn Dialer>, Error> {
    loopback::dialer(&Tcp::new(), text, options)
}

pub fn dial(to: &Addr) -> Result<Box<dyn Conn>, Error> {
    loopback::dial(&Tcp::new(), to)
}

pub fn link(listener: &mut dyn Listener) -> (Pipe, Pipe) {
    loopback::link(&Tcp::new(), listener)
}
