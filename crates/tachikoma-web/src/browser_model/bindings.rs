//! The Prompt API as JS has it, as far as it is used. `web-sys` does not know it.
//!
//! The class is looked up at run time, since most browsers have none. Every method may throw: browsers differ in
//! what they have taken over so far.

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::ReadableStream;

#[wasm_bindgen]
extern "C" {
    /// The class `LanguageModel`.
    pub(super) type Class;
    #[wasm_bindgen(method, catch)]
    pub(super) fn availability(this: &Class, options: &JsValue) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn create(this: &Class, options: &JsValue) -> Result<Promise, JsValue>;

    /// A conversation.
    pub(super) type Session;
    #[wasm_bindgen(method, catch, js_name = promptStreaming)]
    pub(super) fn prompt_streaming(
        this: &Session,
        input: &JsValue,
        options: &JsValue,
    ) -> Result<ReadableStream, JsValue>;
    #[wasm_bindgen(method, catch, js_name = measureContextUsage)]
    pub(super) fn measure_context_usage(this: &Session, input: &JsValue, options: &JsValue)
    -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, getter, js_name = contextUsage)]
    pub(super) fn context_usage(this: &Session) -> JsValue;
    #[wasm_bindgen(method, catch)]
    pub(super) fn destroy(this: &Session) -> Result<(), JsValue>;

    /// What tells how far a download is.
    pub(super) type Monitor;
    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    pub(super) fn listen(this: &Monitor, event: &str, then: &Closure<dyn FnMut(JsValue)>) -> Result<(), JsValue>;
}

/// The class, where the browser has one.
pub(super) fn class() -> Option<Class> {
    let class = Reflect::get(&js_sys::global(), &"LanguageModel".into()).ok()?;
    class.is_truthy().then(|| class.unchecked_into())
}

/// A field of an object; nothing where there is none.
pub(super) fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// A number of a JS object as a count: whole, and not below 0.
pub(super) fn count(value: &JsValue) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of tokens, checked")]
    value.as_f64().filter(|n| (0.0..1e15).contains(n)).map(|n| n as u64)
}
