//! The other tabs that show a session, by the browser's `BroadcastChannel`.

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use tachikoma_forge::driver::Message;
use tachikoma_forge::types::SessionId;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

/// What is told to the other tabs, and what they tell. What is no [`Message`] about this session is not heard.
/// Listening ends with the last sender. Where the browser has no channels, nobody answers.
#[must_use]
pub fn other_tabs(session: &SessionId) -> (UnboundedSender<Message>, UnboundedReceiver<Message>) {
    let (say, mut said) = unbounded::<Message>();
    let (tell, heard) = unbounded();
    if let Ok(channel) = BroadcastChannel::new(&["tachikoma-forge/session/", &session.0].concat()) {
        let session = session.clone();
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(message) = event.data().as_string().and_then(|text| Message::read(&text, &session)) {
                // Nobody listens any more when the session was closed.
                let _ = tell.unbounded_send(message);
            }
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        wasm_bindgen_futures::spawn_local(async move {
            while let Some(message) = said.next().await {
                // A channel takes every text while it is open.
                let _ = channel.post_message(&message.write().into());
            }
            channel.set_onmessage(None);
            channel.close();
            drop(listener);
        });
    }
    (say, heard)
}
