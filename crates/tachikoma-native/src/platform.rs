//! Time, tasks and names, natively.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tachikoma_forge::driver::Platform;
use tachikoma_forge::types::{BoxFuture, Now, Seed, SessionId};

/// The machine's clock and randomness, and the tokio runtime that is current when it is used.
#[derive(Clone, Copy, Debug)]
pub struct NativePlatform {
    start: Instant,
}

impl NativePlatform {
    /// A platform whose monotonic time starts now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for NativePlatform {
    fn default() -> Self {
        Self::new()
    }
}

impl Platform for NativePlatform {
    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: self.start.elapsed(), wall_ms: u64::try_from(wall.as_millis()).unwrap_or(u64::MAX) }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn spawn(&self, future: BoxFuture<'static, ()>) {
        tokio::spawn(future);
    }

    fn session_id(&self) -> SessionId {
        SessionId(format!("{:011x}-{:08x}", self.now().wall_ms, random() >> 32))
    }

    fn seed(&self) -> Seed {
        Seed(random())
    }
}

fn random() -> u64 {
    // Without the system's randomness the clock is all there is; a seed needs variety, not secrecy.
    getrandom::u64().unwrap_or_else(|_| {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| u64::try_from(d.as_nanos() & u128::from(u64::MAX)).unwrap_or(0))
    })
}
