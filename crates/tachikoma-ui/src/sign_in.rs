//! Signing in at a provider from a window of its own, so that the page, and the keys in its memory, stay.
//!
//! The window comes back to `www/signed-in.html`, which tells all pages of this origin what it brought
//! (BroadcastChannel: it needs no hold on the opener, which some providers cut). The page takes what carries the
//! word that it gave along, once, and trades the code for the key itself. Code, secret and key are in this memory
//! only. Where to sign in follows the provider's base URL: its own, or what the user typed into its row; no link can
//! set that.

use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc;
use futures::future::{Either, select};
use js_sys::Reflect;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::llm;
use tachikoma_forge::llm::ApiKey;
use tachikoma_web::{Pkce, unguessable};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent, Url, Window};

use crate::access::Access;
use crate::backend;
use crate::view_model::sign_in::{Standing, Told, Trouble, answer};

/// The channel on which the window tells what it brought; `www/signed-in.js` knows it too.
const CHANNEL: &str = "tachikoma-sign-in";
/// Where the window comes back to, beside the page.
const CALLBACK: &str = "signed-in.html";
/// How long the page waits for the window.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long the provider may take to give the key.
const TRADE: Duration = Duration::from_secs(30);
/// How often the page looks whether the window is still there.
const LOOK: Duration = Duration::from_millis(500);

/// The sign-in of this page; copied around freely.
#[derive(Clone, Copy)]
pub struct SignIn {
    access: Access,
    /// How it stands.
    pub standing: RwSignal<Standing>,
    /// The window of the latest attempt, and which one that is: an earlier one ends when a later one begins.
    latest: StoredValue<(u32, Option<Window>), LocalStorage>,
}

impl SignIn {
    /// Nobody has signed in.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self { access, standing: RwSignal::new(Standing::Idle), latest: StoredValue::new_local((0, None)) }
    }

    /// Opens the provider's window. To be called while a click is handled, or the browser blocks it.
    pub fn begin(self) {
        let (attempt, before) = self.latest.get_value();
        if let Some(before) = before {
            let _ = before.close();
        }
        // Opened empty and at once, since what it is to show has to be hashed first.
        let features = "popup,width=480,height=720";
        let opened = window().open_with_url_and_target_and_features("", "_blank", features).ok().flatten();
        let attempt = attempt + 1;
        self.latest.set_value((attempt, opened.clone()));
        let Some(opened) = opened else {
            self.standing.set(Standing::Failed(Trouble::Blocked));
            return;
        };
        // What is shown there must not reach back into this page.
        let _ = opened.set_opener(&JsValue::NULL);
        self.standing.set(Standing::Open);
        spawn_local(async move {
            let result = self.attempt(attempt, &opened).await;
            let _ = opened.close();
            if self.latest.with_value(|(latest, _)| *latest != attempt) {
                return;
            }
            self.standing.set(match result {
                Ok(key) => {
                    self.access.take_key(llm::SignIn::PROVIDER, Some(key));
                    Standing::Done
                }
                Err(trouble) => Standing::Failed(trouble),
            });
        });
    }

    async fn attempt(self, attempt: u32, opened: &Window) -> Result<ApiKey, Trouble> {
        let row = self.access.row(llm::SignIn::PROVIDER);
        let base_url = self.access.endpoints.with_untracked(|set| set.get(llm::SignIn::PROVIDER).cloned());
        let base_url = base_url.or_else(|| Some(row?.base_url?.to_owned())).unwrap_or_default();
        let place = llm::SignIn::at(&base_url).map_err(|e| Trouble::Address(e.message))?;
        let pkce = Pkce::new().await.ok_or(Trouble::Insecure)?;
        let state = unguessable();
        let callback = callback(&state).ok_or(Trouble::Insecure)?;
        // Before the window goes anywhere, so that nothing it tells is missed.
        let ear = Ear::new().ok_or(Trouble::Insecure)?;
        let shown = opened.location().replace(&place.address(&callback, pkce.challenge()));
        shown.map_err(|_| Trouble::Blocked)?;
        let code = self.wait(attempt, opened, ear, &state).await?;
        self.standing.set(Standing::Trading);
        let transport = backend::transport();
        let traded = Box::pin(place.key(&*transport, &code, pkce.verifier()));
        match select(traded, backend::platform().sleep(TRADE)).await {
            Either::Left((key, _)) => key.map_err(|e| Trouble::NoKey(e.message)),
            Either::Right(_) => Err(Trouble::NoKey("It did not answer in time.".into())),
        }
    }

    /// The code, once the window brings it.
    async fn wait(self, attempt: u32, opened: &Window, mut ear: Ear, state: &str) -> Result<String, Trouble> {
        let platform = backend::platform();
        let until = platform.now().mono + PATIENCE;
        loop {
            match select(ear.heard.next(), platform.sleep(LOOK)).await {
                Either::Left((Some(told), _)) => {
                    if let Some(answer) = answer(state, &told) {
                        // The window may close: what it brought has arrived.
                        ear.thank(&told.state);
                        return answer;
                    }
                }
                Either::Left((None, _)) | Either::Right(_) => {}
            }
            let is_latest = self.latest.with_value(|(latest, _)| *latest == attempt);
            if !is_latest || platform.now().mono >= until {
                return Err(Trouble::Late);
            }
            // It still listens: a provider may have cut the window loose, which looks the same.
            if opened.closed().unwrap_or(true) && self.standing.with_untracked(|s| *s == Standing::Open) {
                self.standing.set(Standing::Gone);
            }
        }
    }
}

/// The sign-in of this page.
#[must_use]
pub fn sign_in() -> SignIn {
    expect_context()
}

/// Where the window comes back to: beside this page, in whatever folder that is.
fn callback(state: &str) -> Option<String> {
    let base = document().base_uri().ok()??;
    let url = Url::new_with_base(CALLBACK, &base).ok()?;
    url.set_search(&["?state=", state].concat());
    Some(url.href())
}

/// Hears what windows tell this origin, until it is dropped.
struct Ear {
    channel: BroadcastChannel,
    heard: mpsc::UnboundedReceiver<Told>,
    // Kept for as long as the channel may call it.
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Ear {
    fn new() -> Option<Self> {
        let channel = BroadcastChannel::new(CHANNEL).ok()?;
        let (tell, heard) = mpsc::unbounded();
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let text = |name: &str| {
                let field = Reflect::get(&data, &name.into()).ok().and_then(|value| value.as_string());
                field.unwrap_or_default()
            };
            // Nobody listens any more when the sign-in is over.
            let _ = tell.unbounded_send(Told { state: text("state"), code: text("code"), error: text("error") });
        });
        channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self { channel, heard, _listener: listener })
    }

    /// Tells the window that its answer was taken.
    fn thank(&self, state: &str) {
        let thanks = js_sys::Object::new();
        let _ = Reflect::set(&thanks, &"taken".into(), &state.into());
        let _ = self.channel.post_message(&thanks);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.channel.set_onmessage(None);
        self.channel.close();
    }
}
