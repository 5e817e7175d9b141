//! Waiting, for the parts of this room that have to: the core has no clock of its own.

use std::time::Duration;

use crate::types::{BoxFuture, MaybeSend, MaybeSync};

/// How to wait: an adapter's sleep, or something faster in tests.
pub trait Pace: MaybeSend + MaybeSync {
    /// Resolves after about this long.
    fn pause(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

impl<F> Pace for F
where
    F: Fn(Duration) -> BoxFuture<'static, ()> + MaybeSend + MaybeSync,
{
    fn pause(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self(duration)
    }
}
