//! Wakes the engine: a flag and a waker, so that a wake before the wait is not lost.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    task::Poll,
};

use futures_util::{future::poll_fn, task::AtomicWaker};

#[derive(Default)]
pub(super) struct Signal {
    raised: AtomicBool,
    waker: AtomicWaker,
}

impl Signal {
    pub(super) fn raise(&self) {
        self.raised.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Ready once raised since the last time; takes the flag down.
    pub(super) async fn raised(&self) {
        poll_fn(|context| {
            self.waker.register(context.waker());
            if self.raised.swap(false, Ordering::AcqRel) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
}
