//! Time, tasks and chance as a browser gives them.
#![cfg(target_arch = "wasm32")]

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{Either, select};
use tachikoma_forge::driver::Platform;
use tachikoma_web::WebPlatform;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_sleep_takes_at_least_its_time() {
    for ms in [0, 1, 7, 30] {
        let duration = Duration::from_millis(ms);
        let before = WebPlatform.now();
        WebPlatform.sleep(duration).await;
        let slept = WebPlatform.now().mono - before.mono;
        assert!(slept >= duration, "{slept:?} for {duration:?}");
        assert!(slept < duration + Duration::from_millis(500), "{slept:?} for {duration:?}");
    }
}

#[wasm_bindgen_test]
async fn a_sleep_longer_than_any_timer_does_not_end_at_once() {
    // Browsers fire a timer of more than 2^31-1 ms at once.
    for long in [Duration::MAX, Duration::from_secs(60 * 60 * 24 * 365), Duration::from_millis(1 << 31)] {
        let short = WebPlatform.sleep(Duration::from_millis(20));
        assert!(matches!(select(WebPlatform.sleep(long), short).await, Either::Right(_)), "{long:?}");
    }
}

#[wasm_bindgen_test]
async fn a_dropped_sleep_leaves_the_others_alone() {
    let mut dropped = WebPlatform.sleep(Duration::from_millis(5));
    // Polled once, so that its timer runs.
    assert!((&mut dropped).now_or_never().is_none());
    let kept = WebPlatform.sleep(Duration::from_millis(20));
    drop(dropped);
    kept.await;
}

#[wasm_bindgen_test]
async fn a_spawned_task_runs_by_itself() {
    let done = Rc::new(Cell::new(false));
    let there = done.clone();
    WebPlatform.spawn(Box::pin(async move {
        WebPlatform.sleep(Duration::from_millis(1)).await;
        there.set(true);
    }));
    assert!(!done.get());
    WebPlatform.sleep(Duration::from_millis(50)).await;
    assert!(done.get());
}

#[wasm_bindgen_test]
fn wall_time_is_milliseconds_since_1970() {
    // Between 2024 and 2100.
    assert!((1_704_067_200_000..4_102_444_800_000).contains(&WebPlatform.now().wall_ms));
}

#[wasm_bindgen_test]
async fn sessions_are_named_uniquely_and_sort_by_time() {
    let names: BTreeSet<_> = (0..1000).map(|_| WebPlatform.session_id()).collect();
    assert_eq!(names.len(), 1000);
    for name in &names {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.0.len() == 19 && name.0.chars().all(allowed), "{name}");
    }
    WebPlatform.sleep(Duration::from_millis(2)).await;
    assert!(Some(&WebPlatform.session_id()) > names.last());
}

#[wasm_bindgen_test]
fn seeds_differ() {
    let seeds: BTreeSet<u64> = (0..100).map(|_| WebPlatform.seed().0).collect();
    assert_eq!(seeds.len(), 100);
    // All 64 bits are drawn, not only those of a JS number.
    assert_eq!(seeds.iter().fold(0, |all, seed| all | seed), u64::MAX);
}
