//! Files that lie beside the page.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

#[wasm_bindgen]
extern "C" {
    // A relative name is taken from where the page is, so that this works from any sub-folder.
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(name: &str) -> Promise;
}

/// The text of a file that lies beside the page.
///
/// # Errors
/// Says why it did not come.
pub async fn own_file(name: &str) -> Result<String, String> {
    let why = |why: &str| [name, " could not be loaded (", why, "). Check the connection, then try again."].concat();
    let failed = |_: JsValue| why("no answer");
    let answer: Response = JsFuture::from(fetch(name)).await.map_err(failed)?.unchecked_into();
    if !answer.ok() {
        return Err(why(&answer.status().to_string()));
    }
    let text = JsFuture::from(answer.text().map_err(failed)?).await.map_err(failed)?;
    text.as_string().ok_or_else(|| why("no text"))
}
