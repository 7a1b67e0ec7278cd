//! A socket as C holds it: ours, what it was told to be, and its endpoints by number. Calls that
//! are under way when it is closed end with an error. Obeys `rfc/sp-capi.md` section 1.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use speedwell::{AnySocket, Endpoint, Events, Messages, ReadyFd};

use crate::address;
use crate::errno::Errno;
use crate::options::Settings;
use crate::role::{self, Role};

/// A socket of C.
pub(crate) struct Handle {
    pub(crate) domain: c_int,
    pub(crate) protocol: c_int,
    pub(crate) role: Box<dyn Role>,
    pub(crate) messages: Messages,
    pub(crate) settings: Mutex<Settings>,
    /// What says that sending would not wait, once somebody asked.
    pub(crate) send_fd: OnceLock<ReadyFd>,
    /// What says that receiving would not wait, once somebody asked.
    pub(crate) recv_fd: OnceLock<ReadyFd>,
    /// What happens, once somebody asked.
    pub(crate) events: OnceLock<Events>,
    endpoints: Mutex<BTreeMap<c_int, Endpoint>>,
    /// Its number is nobody's any more.
    is_closed: AtomicBool,
    /// The process that opened it, among its ancestors and descendants.
    generation: u32,
}

impl Handle {
    pub(crate) fn open(domain: c_int, protocol: c_int) -> Result<Self, Errno> {
        let role = role::open(domain, protocol)?;
        let settings = Settings::default();
        settings.begin(role.any());
        Ok(Self {
            domain,
            protocol,
            messages: role.any().messages(),
            role,
            settings: Mutex::new(settings),
            send_fd: OnceLock::new(),
            recv_fd: OnceLock::new(),
            events: OnceLock::new(),
            endpoints: Mutex::default(),
            is_closed: AtomicBool::new(false),
            generation: speedwell_os::generation(),
        })
    }

    /// Closes it, for those as well who have it.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.role.close();
    }

    /// Whether this process opened it, and has not closed it.
    // rfc: sp-capi A-18
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.generation == speedwell_os::generation() && !self.is_closed.load(Ordering::Acquire)
    }

    pub(crate) fn any(&self) -> &AnySocket {
        self.role.any()
    }

    pub(crate) fn bind(&self, address: &[u8]) -> Result<c_int, Errno> {
        let address = address::check(address)?;
        let bound = self.any().bind(address);
        self.keep(bound.map_err(|error| address::bind_failure(address, &error))?)
    }

    pub(crate) fn connect(&self, address: &[u8]) -> Result<c_int, Errno> {
        let address = address::check(address)?;
        let dialer = self.any().connect(address);
        self.keep(dialer.map_err(|error| address::connect_failure(address, &error))?)
    }

    fn keep(&self, endpoint: Endpoint) -> Result<c_int, Errno> {
        let Ok(id) = c_int::try_from(endpoint.id().0) else {
            endpoint.close();
            return Err(Errno::NOBUFS);
        };
        self.endpoints.lock().insert(id, endpoint);
        Ok(id)
    }

    pub(crate) fn shutdown(&self, id: c_int) -> Result<(), Errno> {
        let endpoint = self.endpoints.lock().remove(&id);
        endpoint.ok_or(Errno::INVAL)?.close();
        Ok(())
    }

    /// One of its endpoints.
    pub(crate) fn endpoint(&self, id: c_int) -> Result<Endpoint, Errno> {
        self.endpoints.lock().get(&id).cloned().ok_or(Errno::INVAL)
    }

    /// How many of its endpoints are in error.
    pub(crate) fn endpoints_in_error(&self) -> u64 {
        let endpoints = self.endpoints.lock();
        let statuses = endpoints.values().filter_map(Endpoint::status);
        let failing = statuses.filter(|status| status.last_error.is_some());
        u64::try_from(failing.count()).unwrap_or(u64::MAX)
    }
}
