//! The text of a PDF: by a program of its own in a worker (`www/pdf-worker.js`), which is ended when it takes too long.

use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Array, Uint8Array};
use tachikoma_forge::driver::Platform;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::WebPlatform;

/// How long a PDF may take to be read, the loading of the program included.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Where the worker lies, beside the page.
const WORKER: &str = "pdf-worker.js";

/// Reads the text of a PDF, but not much more than `most` bytes of it; and which pages, from 1, have none.
///
/// # Errors
/// What stands behind the file's name in a sentence: what is wrong, and what to do.
pub async fn pdf_text(bytes: &[u8], most: usize) -> Result<(String, Vec<usize>), String> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let not_here = |_| "cannot be read: this browser lets no worker run. Attach its text instead.".to_owned();
    let worker = Worker::new_with_options(WORKER, &options).map_err(not_here)?;
    let (answer, answered) = oneshot::channel::<JsValue>();
    let mut answer = Some(answer);
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(answer) = answer.take() {
            // Nobody may be waiting any more. An error of the worker itself has no data.
            let _ = answer.send(event.data());
        }
    });
    let listener = heard.as_ref().unchecked_ref();
    worker.set_onmessage(Some(listener));
    worker.set_onerror(Some(listener));
    let sent = worker.post_message(&Array::of2(&Uint8Array::from(bytes).into(), &JsValue::from(most as f64)));
    let outcome = match sent {
        Err(_) => None,
        Ok(()) => match select(answered, WebPlatform.sleep(TIMEOUT)).await {
            Either::Left((answer, _)) => Some(answer.unwrap_or_default()),
            Either::Right(_) => None,
        },
    };
    worker.terminate();
    let Some(outcome) = outcome else {
        return Err("is a PDF that takes too long to read. Export it anew, or attach its text.".to_owned());
    };
    let Some(read) = outcome.dyn_ref::<Array>() else {
        let why = outcome.as_string().filter(|why| !why.is_empty());
        return Err(why.unwrap_or_else(|| "cannot be read: that part of this page did not load.".to_owned()));
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the program sends page numbers")]
    let without = read.iter().skip(1).filter_map(|page| page.as_f64()).map(|page| page as usize).collect();
    Ok((read.get(0).as_string().unwrap_or_default(), without))
}
