//! What happened, in order: a hash of every line always, the lines themselves on request.

use std::sync::{Mutex, PoisonError};

use gandan_foundation::sealing::sha256;

#[derive(Default)]
pub struct Trace {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    hash: [u8; 32],
    now_ms: i64,
    keep: bool,
    lines: Vec<String>,
    count: u64,
}

impl Trace {
    pub fn new(keep: bool) -> Self {
        Self {
            state: Mutex::new(State {
                keep,
                ..State::default()
            }),
        }
    }

    pub fn set_time(&self, now_ms: i64) {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .now_ms = now_ms;
    }

    /// Lines carry codes, counts and times, never what a person typed.
    pub fn note(&self, line: impl FnOnce() -> String) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("{:>12.3} {}", state.now_ms as f64 / 1000.0, line());
        state.hash = sha256(&[&state.hash[..], line.as_bytes()].concat());
        state.count += 1;
        if state.keep {
            state.lines.push(line);
        }
    }

    /// Equal for two runs that did the same things at the same times in the same order.
    pub fn hash(&self) -> [u8; 32] {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .hash
    }

    pub fn take_lines(&self) -> Vec<String> {
        std::mem::take(
            &mut self
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .lines,
        )
    }
}
