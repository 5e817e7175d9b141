//! Time, tasks and chance of a browser.
//!
//! No global is taken from `window`, so that all of it works in a worker as well. A hidden tab's timers
//! are slowed down by the browser to one a second or one a minute; the engine bears late ticks.

use std::time::Duration;

use futures::channel::oneshot;
use tachikoma_forge::driver::Platform;
use tachikoma_forge::types::{BoxFuture, Now, Seed, SessionId};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn get_random_values(bytes: &mut [u8]);
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Closure<dyn FnMut()>, ms: i32) -> JsValue;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// The longest delay that a browser's timer takes, in milliseconds; a longer one would fire at once.
const LONGEST_TIMER_MS: f64 = i32::MAX as f64;

/// A browser's time, tasks and chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebPlatform;

impl Platform for WebPlatform {
    fn now(&self) -> Now {
        Now { mono: millis(performance_now()), wall_ms: wall_ms() }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(sleep(duration))
    }

    fn spawn(&self, future: BoxFuture<'static, ()>) {
        wasm_bindgen_futures::spawn_local(future);
    }

    fn session_id(&self) -> SessionId {
        // Nine digits hold the milliseconds of the next three millennia, so that names sort by time.
        SessionId(format!("{}-{}", base36(wall_ms(), 9), base36(random() % 36_u64.pow(9), 9)))
    }

    fn seed(&self) -> Seed {
        Seed(random())
    }
}

/// Resolves after at least this long. The timer is cleared when the future is dropped.
pub(crate) async fn sleep(duration: Duration) {
    let start = performance_now();
    let wanted_ms = duration.as_secs_f64() * 1000.0;
    loop {
        // A timer may fire a fraction of a millisecond early, and a long sleep needs several of them.
        let left = wanted_ms - (performance_now() - start);
        if left <= 0.0 {
            return;
        }
        Timer::start(left).await;
    }
}

/// A timer that is cleared when it is dropped. Made by hand: a promise that never settles would keep
/// its callbacks for ever, and the driver drops a sleep for every input that arrives.
struct Timer {
    id: JsValue,
    fired: oneshot::Receiver<()>,
    // Kept for as long as the timer may call it.
    _then: Closure<dyn FnMut()>,
}

impl Timer {
    async fn start(ms: f64) {
        let (fire, fired) = oneshot::channel();
        let mut fire = Some(fire);
        let then = Closure::new(move || {
            if let Some(fire) = fire.take() {
                // Nobody listens any more when the sleep was dropped.
                let _ = fire.send(());
            }
        });
        #[expect(clippy::cast_possible_truncation, reason = "at most i32::MAX")]
        let id = set_timeout(&then, ms.ceil().clamp(0.0, LONGEST_TIMER_MS) as i32);
        let mut timer = Self { id, fired, _then: then };
        // The sender lives in the closure beside it, so this ends only when the timer fires.
        let _ = (&mut timer.fired).await;
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}

/// Milliseconds as a duration; what is no time at all counts as none.
fn millis(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

/// Wall time in milliseconds since 1970.
pub(crate) fn wall_ms() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and after 1970")]
    let ms = js_sys::Date::now() as u64;
    ms
}

fn random() -> u64 {
    let mut bytes = [0; 8];
    get_random_values(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A number in the digits `0-9a-z`, filled up with zeros to `width`.
fn base36(mut number: u64, width: usize) -> String {
    let mut digits = Vec::with_capacity(width);
    while number > 0 || digits.len() < width {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
    }
    digits.iter().rev().collect()
}
