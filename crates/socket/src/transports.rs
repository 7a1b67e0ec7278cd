//! The transports that a socket may use: a value, passed on. Registers nothing anywhere.
//! See `rfc/0001-contracts.md`.

use std::sync::Arc;

use speedwell_transport::Transport;

/// A set of transports by scheme. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub struct Transports {
    set: Vec<Arc<dyn Transport>>,
}

impl Transports {
    /// The empty set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a transport, in the place of one with the same scheme.
    #[must_use]
    pub fn with(mut self, transport: impl Transport + 'static) -> Self {
        self.set
            .retain(|other| other.scheme() != transport.scheme());
        self.set.push(Arc::new(transport));
        self
    }

    /// The transport of a scheme.
    #[must_use]
    pub fn find(&self, scheme: &str) -> Option<&dyn Transport> {
        self.set
            .iter()
            .find(|transport| transport.scheme() == scheme)
            .map(|found| &**found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Visits;

    fn transport(scheme: &'static str) -> Visits {
        Visits::new(scheme).0
    }

    #[test]
    fn a_transport_is_found_by_its_scheme_and_no_other() {
        let set = Transports::new()
            .with(transport("one"))
            .with(transport("two"));
        assert_eq!(set.find("two").unwrap().scheme(), "two");
        for unknown in ["", "tw", "twos", "TWO", "three"] {
            assert!(set.find(unknown).is_none(), "{unknown}");
        }
        assert!(Transports::default().find("one").is_none());
    }

    #[test]
    fn a_second_transport_of_a_scheme_replaces_the_first_in_this_set_alone() {
        let set = Transports::new().with(transport("one"));
        let other = set.clone().with(transport("one")).with(transport("two"));
        let place = |set: &Transports| set.set.iter().map(Arc::as_ptr).collect::<Vec<_>>();
        assert_eq!((place(&set).len(), place(&other).len()), (1, 2));
        assert!(!std::ptr::addr_eq(place(&set)[0], place(&other)[0]));
        assert!(std::ptr::addr_eq(place(&set)[0], place(&set.clone())[0]));
        assert!(set.find("two").is_none());
    }
}
