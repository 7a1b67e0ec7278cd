//! The table forgets what nobody means any more. See `rfc/sp-inproc.md` sections 2 and 3.

use super::*;
use speedwell_transport::Ring;

struct Silent;

impl Ring for Silent {
    fn ring(&self) {}
}

fn bell() -> Doorbell {
    Doorbell::new(Arc::new(Silent))
}

fn addr() -> Addr {
    Addr::parse("inproc://somewhere").unwrap()
}

fn len(names: &Names) -> usize {
    names.0.lock().places.len()
}

#[test]
fn a_name_is_forgotten_with_its_listener() {
    let names = Names::default();
    names.bind(&addr(), 1).unwrap();
    assert_eq!(len(&names), 1);
    names.unbind(&addr());
    assert_eq!(len(&names), 0);
}

// rfc: sp-inproc I-10
#[test]
fn a_name_is_forgotten_with_its_last_waiter() {
    let names = Names::default();
    let (first, second) = (names.enrol(), names.enrol());
    for waiter in [first, second, first] {
        assert!(names.dial(&addr(), waiter, 1, &bell()).is_none());
    }
    names.forget(&addr(), first);
    assert_eq!(len(&names), 1);
    names.forget(&addr(), second);
    names.forget(&addr(), second);
    assert_eq!(len(&names), 0);
}

#[test]
fn a_name_outlives_its_listener_while_somebody_waits() {
    let names = Names::default();
    let waiter = names.enrol();
    names.bind(&addr(), 1).unwrap();
    for _ in 0..BACKLOG_MAX {
        assert!(names.dial(&addr(), names.enrol(), 1, &bell()).is_some());
    }
    assert!(names.dial(&addr(), waiter, 1, &bell()).is_none());
    names.unbind(&addr());
    assert_eq!(len(&names), 1);
    names.forget(&addr(), waiter);
    assert_eq!(len(&names), 0);
}

#[test]
fn what_rings_is_released_with_the_waiter() {
    let ring = Arc::new(Silent);
    let bell = Doorbell::new(ring.clone());
    let names = Names::default();
    let waiter = names.enrol();
    assert!(names.dial(&addr(), waiter, 1, &bell).is_none());
    drop(bell);
    assert_eq!(Arc::strong_count(&ring), 2);
    names.forget(&addr(), waiter);
    assert_eq!(Arc::strong_count(&ring), 1);
}
