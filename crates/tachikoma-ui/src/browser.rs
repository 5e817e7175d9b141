//! The few things the page asks of the browser directly.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

/// Milliseconds since 1970.
#[must_use]
pub fn now_ms() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds since 1970")]
    let now = js_sys::Date::now() as u64;
    now
}

/// The time of day, as the reader writes it: `14:02`.
#[must_use]
pub fn time_of_day(ms: u64) -> String {
    let date = date(ms);
    let two = |n: u32| [if n < 10 { "0" } else { "" }, &n.to_string()].concat();
    [&two(date.get_hours()), ":", &two(date.get_minutes())].concat()
}

/// The day, as the reader writes it: `21 Nov 2026`.
#[must_use]
pub fn day(ms: u64) -> String {
    let options = js_sys::Object::new();
    for (key, value) in [("day", "numeric"), ("month", "short"), ("year", "numeric")] {
        let _ = js_sys::Reflect::set(&options, &key.into(), &value.into());
    }
    date(ms).to_locale_date_string("en-GB", &options).into()
}

/// How many midnights lie between a moment and now, in the reader's time.
#[must_use]
pub fn days_ago(ms: u64) -> u64 {
    let midnight = |date: js_sys::Date| {
        date.set_hours(0);
        date.set_minutes(0);
        date.set_seconds(0);
        date.get_time()
    };
    let gone = midnight(date(now_ms())) - midnight(date(ms));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of days")]
    let days = (gone / 86_400_000.0).round().max(0.0) as u64;
    days
}

fn date(ms: u64) -> js_sys::Date {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
    js_sys::Date::new(&JsValue::from_f64(ms as f64))
}

/// This page's own origin.
#[must_use]
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Runs something before the next frame; soon, when the page is hidden and there are no frames.
pub fn next_frame(run: impl FnOnce() + 'static) {
    if document().hidden() {
        set_timeout(run, std::time::Duration::from_millis(150));
    } else {
        request_animation_frame(run);
    }
}

/// What is kept under a name in this browser. `None` where storage is refused.
#[must_use]
pub fn stored(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(name).ok()?
}

/// Keeps a text under a name; an empty one removes it. Where storage is refused, it is forgotten.
pub fn store(name: &str, text: &str) {
    let _ = is_stored(name, text);
}

/// The same, and whether it is kept.
#[must_use]
pub fn is_stored(name: &str, text: &str) -> bool {
    let Ok(Some(storage)) = window().local_storage() else { return false };
    if text.is_empty() { storage.remove_item(name) } else { storage.set_item(name, text) }.is_ok()
}

/// Forgets all that is kept under names that begin so.
pub fn forget_all(beginning: &str) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    let names = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
    let names: Vec<String> = names.filter(|name| name.starts_with(beginning)).collect();
    for name in names {
        let _ = storage.remove_item(&name);
    }
}

/// The name of the page, as the tab shows it.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Copies a text.
pub fn copy(text: &str) {
    let _ = window().navigator().clipboard().write_text(text);
}

/// Saves a text as a file.
pub fn download(name: &str, kind: &str, text: &str) {
    let save = || -> Result<(), JsValue> {
        let parts = js_sys::Array::of1(&text.into());
        let options = web_sys::BlobPropertyBag::new();
        options.set_type(kind);
        let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
        let url = web_sys::Url::create_object_url_with_blob(&blob)?;
        let link: web_sys::HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
        // The browser reads the address after this returns.
        set_timeout(move || drop(web_sys::Url::revoke_object_url(&url)), std::time::Duration::from_secs(60));
        Ok(())
    };
    if let Err(error) = save() {
        leptos::logging::error!("saving {name} failed: {error:?}");
    }
}

/// The bytes of a file that somebody chose.
///
/// # Errors
/// Says that the browser cannot read it.
pub async fn bytes(file: &web_sys::File) -> Result<Vec<u8>, String> {
    let refused = || "The browser cannot read this file. Is it still there?".to_owned();
    let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await.map_err(|_| refused())?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// Asks the browser not to throw what is kept away when room gets scarce.
pub fn keep_storage() {
    let _ = window().navigator().storage().persist();
}

/// Shows an element: scrolls it into view and gives it the focus.
pub fn show(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.scroll_into_view();
        if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
            let _ = element.focus();
        }
    }
}

/// Scrolls a list as little as it takes to show one of its entries; the page itself stays where it is.
pub fn reveal(id: &str) {
    let Some(entry) = document().get_element_by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    let Some(list) = entry.parent_element() else { return };
    let (top, bottom) = (entry.offset_top(), entry.offset_top() + entry.offset_height());
    if top < list.scroll_top() {
        list.set_scroll_top(top);
    } else if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    }
}

/// Unfolds something, and gives it the focus.
pub fn unfold(id: &str) {
    let Some(details) = document().get_element_by_id(id) else { return };
    if let Some(details) = details.dyn_ref::<web_sys::HtmlDetailsElement>() {
        details.set_open(true);
    }
    details.scroll_into_view();
    let summary = details.query_selector("summary").ok().flatten();
    if let Some(summary) = summary.as_ref().and_then(|s| s.dyn_ref::<web_sys::HtmlElement>()) {
        let _ = summary.focus();
    }
}
