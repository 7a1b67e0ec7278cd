//! The transport: makes dialers and listeners that share a table of names. Knows nothing of what
//! flows. See `rfc/sp-inproc.md` section 2.

use speedwell_transport::{Addr, Dialer, EndpointOptions, Env, Error, Listener, Transport};

use crate::default_names::default_names;
use crate::dialer::InprocDialer;
use crate::listener::InprocListener;
use crate::names::Names;

/// The transport `inproc`: pipes between sockets of one process.
///
/// Sockets reach each other when their transports share a table of [`Names`]: all that are made by
/// [`Inproc::new`] share the one of the process.
#[derive(Clone, Debug)]
pub struct Inproc {
    names: Names,
}

impl Inproc {
    /// The transport over the process's table of names.
    #[must_use]
    pub fn new() -> Self {
        Self::with_names(default_names().clone())
    }

    /// The transport over another table of names.
    ///
    /// ```
    /// use speedwell_inproc::{Inproc, Names};
    /// use speedwell_transport::{Addr, EndpointOptions, Env, ErrorKind, Transport};
    ///
    /// let (options, env) = (EndpointOptions::default(), Env::new());
    /// let addr = Addr::parse("inproc://desk")?;
    /// let ours = Inproc::with_names(Names::default());
    /// let theirs = Inproc::with_names(Names::default());
    ///
    /// let _bound = ours.listener(&addr, &options, &env)?;
    /// let again = ours.listener(&addr, &options, &env);
    /// assert_eq!(again.err().map(|e| e.kind()), Some(ErrorKind::AddressInUse));
    /// assert!(theirs.listener(&addr, &options, &env).is_ok());
    /// # Ok::<(), speedwell_transport::Error>(())
    /// ```
    #[must_use]
    pub fn with_names(names: Names) -> Self {
        Self { names }
    }
}

impl Default for Inproc {
    fn default() -> Self {
        Self::new()
    }
}

impl Transport for Inproc {
    fn scheme(&self) -> &str {
        "inproc"
    }

    fn dialer(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _env: &Env<'_>,
    ) -> Result<Box<dyn Dialer>, Error> {
        let dialer = InprocDialer::new(&self.names, addr, options.recv_limit());
        Ok(Box::new(dialer))
    }

    fn listener(
        &self,
        addr: &Addr,
        options: &EndpointOptions,
        _env: &Env<'_>,
    ) -> Result<Box<dyn Listener>, Error> {
        let listener = InprocListener::bind(&self.names, addr, options.recv_limit())?;
        Ok(Box::new(listener))
    }
}
