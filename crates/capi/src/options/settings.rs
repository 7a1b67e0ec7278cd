//! What C set a socket to, in C's own numbers, and how each becomes ours. Obeys `rfc/sp-capi.md`
//! section 4.

use std::ffi::c_int;

use speedwell::{AnySocket, Priority, TcpOptions};

use crate::errno::Errno;
use crate::role::Role;
use crate::waiting::time;

/// The numbers that C gave, or would find if it gave none.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sndbuf: c_int,
    pub(crate) rcvbuf: c_int,
    pub(crate) sndtimeo: c_int,
    pub(crate) rcvtimeo: c_int,
    pub(crate) reconnect_ivl: c_int,
    pub(crate) reconnect_ivl_max: c_int,
    pub(crate) sndprio: c_int,
    pub(crate) rcvprio: c_int,
    pub(crate) ipv4only: c_int,
    pub(crate) rcvmaxsize: c_int,
    pub(crate) maxttl: c_int,
    pub(crate) resend: c_int,
    pub(crate) deadline: c_int,
    pub(crate) nodelay: c_int,
    pub(crate) name: Option<Vec<u8>>,
    /// Ours is on until C says what it shall be, since we gather messages ourselves.
    has_nodelay: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sndbuf: 128 * 1024,
            rcvbuf: 128 * 1024,
            sndtimeo: -1,
            rcvtimeo: -1,
            reconnect_ivl: 100,
            reconnect_ivl_max: 0,
            sndprio: 8,
            rcvprio: 8,
            ipv4only: 1,
            rcvmaxsize: 1024 * 1024,
            maxttl: 8,
            resend: 60_000,
            deadline: 1000,
            nodelay: 0,
            name: None,
            has_nodelay: false,
        }
    }
}

impl Settings {
    /// Gives a new socket of ours what C takes for granted, where that is not ours.
    // rfc: sp-capi A-33
    pub(crate) fn begin(&self, socket: &AnySocket) {
        self.give_reconnect(socket);
        self.give_tcp(socket);
    }

    fn give_reconnect(&self, socket: &AnySocket) {
        let [least, most] = [self.reconnect_ivl, self.reconnect_ivl_max].map(time);
        socket.set_reconnect(least.unwrap_or_default(), most.unwrap_or_default());
    }

    fn give_tcp(&self, socket: &AnySocket) {
        let mut tcp = TcpOptions::default();
        tcp.ipv4_only = self.ipv4only == 1;
        tcp.nodelay = !self.has_nodelay || self.nodelay == 1;
        socket.set_transport_options(tcp);
    }

    pub(crate) fn set_sndbuf(&mut self, socket: &AnySocket, octets: c_int) -> Result<(), Errno> {
        socket.set_send_buffer(usize::try_from(octets).map_err(|_| Errno::INVAL)?)?;
        self.sndbuf = octets;
        Ok(())
    }

    pub(crate) fn set_rcvbuf(&mut self, socket: &AnySocket, octets: c_int) -> Result<(), Errno> {
        socket.set_recv_buffer(usize::try_from(octets).map_err(|_| Errno::INVAL)?)?;
        self.rcvbuf = octets;
        Ok(())
    }

    pub(crate) fn set_reconnect_ivl(&mut self, socket: &AnySocket, ms: c_int) -> Result<(), Errno> {
        self.reconnect_ivl = within(ms, 0, c_int::MAX)?;
        self.give_reconnect(socket);
        Ok(())
    }

    pub(crate) fn set_reconnect_ivl_max(
        &mut self,
        socket: &AnySocket,
        ms: c_int,
    ) -> Result<(), Errno> {
        self.reconnect_ivl_max = within(ms, 0, c_int::MAX)?;
        self.give_reconnect(socket);
        Ok(())
    }

    pub(crate) fn set_sndprio(&mut self, socket: &AnySocket, level: c_int) -> Result<(), Errno> {
        self.sndprio = within(level, 1, 16)?;
        self.give_priorities(socket)
    }

    pub(crate) fn set_rcvprio(&mut self, socket: &AnySocket, level: c_int) -> Result<(), Errno> {
        self.rcvprio = within(level, 1, 16)?;
        self.give_priorities(socket)
    }

    fn give_priorities(&self, socket: &AnySocket) -> Result<(), Errno> {
        socket.set_priorities(priority(self.sndprio)?, priority(self.rcvprio)?);
        Ok(())
    }

    pub(crate) fn set_ipv4only(&mut self, socket: &AnySocket, only: c_int) -> Result<(), Errno> {
        self.ipv4only = within(only, 0, 1)?;
        self.give_tcp(socket);
        Ok(())
    }

    pub(crate) fn set_nodelay(&mut self, socket: &AnySocket, nodelay: c_int) -> Result<(), Errno> {
        self.nodelay = within(nodelay, 0, 1)?;
        self.has_nodelay = true;
        self.give_tcp(socket);
        Ok(())
    }

    pub(crate) fn set_rcvmaxsize(
        &mut self,
        socket: &AnySocket,
        octets: c_int,
    ) -> Result<(), Errno> {
        self.rcvmaxsize = within(octets, -1, c_int::MAX)?;
        socket.set_recv_max(u64::try_from(octets).ok());
        Ok(())
    }

    pub(crate) fn set_maxttl(&mut self, role: &dyn Role, ttl: c_int) -> Result<(), Errno> {
        let hops = u8::try_from(within(ttl, 1, 255)?).map_err(|_| Errno::INVAL)?;
        role.set_ttl(hops)?;
        self.maxttl = ttl;
        Ok(())
    }
}

fn within(value: c_int, least: c_int, most: c_int) -> Result<c_int, Errno> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Errno::INVAL)
    }
}

fn priority(level: c_int) -> Result<Priority, Errno> {
    let level = u8::try_from(level).map_err(|_| Errno::INVAL)?;
    Priority::new(level).map_err(|_| Errno::INVAL)
}
