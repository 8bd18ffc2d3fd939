//! The time that the app goes by: the phone's, and not before the backend's at the last sync. A
//! phone that was long without power begins in some other year, where a newborn's day of birth is
//! still to come.

use gandan_domain::time::Instant;

use crate::{config::Ports, store::Store};

pub(super) fn now(ports: &Ports, store: &Store) -> Instant {
    let clock = ports.world.clock.now();
    // A store that can't be read says so wherever more than this is read.
    let told = store.told().ok().flatten();
    told.map_or(clock, |told| told.max(clock))
}
