//! What the page's worker runs (`www/pdf-worker.js`). A PDF that makes it fail costs this program alone.

#[cfg(target_arch = "wasm32")]
mod entry {
    use wasm_bindgen::prelude::*;

    /// The text of a PDF as `[text, page without text, …]`.
    ///
    /// # Errors
    /// The words of [`tachikoma_pdf::PdfError`].
    #[wasm_bindgen]
    #[expect(unreachable_pub, reason = "the worker reaches it")]
    pub fn read(bytes: Vec<u8>, most: usize) -> Result<Vec<JsValue>, JsValue> {
        let pdf = tachikoma_pdf::read(bytes, most).map_err(|error| JsValue::from(error.to_string()))?;
        let pages = pdf.without.into_iter().map(|page| JsValue::from(u32::try_from(page).unwrap_or(u32::MAX)));
        Ok(std::iter::once(JsValue::from(pdf.text)).chain(pages).collect())
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is a part of the page: it runs in a browser. `cargo xtask serve` builds and serves it.");
}
