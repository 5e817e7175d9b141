//! The browser's own model on the page of providers: what it is, and its download. Nothing where there is none.

use leptos::prelude::*;

use super::icon::{CARE, CHECK, RIGHT, icon};
use crate::access::{Access, access};
use crate::browser_model::{BrowserModel, download};
use crate::strings;

/// The section of the browser's own model.
#[component]
pub fn OwnModel() -> AnyView {
    let access = access();
    let is_there = Memo::new(move |_| access.browser_model.with(|model| *model != BrowserModel::Absent));
    let standing = move || match &*access.browser_model.read() {
        BrowserModel::Absent => "",
        BrowserModel::Downloadable(_) => "not downloaded",
        BrowserModel::Downloading(_) => "downloading",
        BrowserModel::Ready => "ready",
    };
    let section = move || {
        view! {
            <section class="section services" aria-labelledby="services-browser">
                <header class="section-head"><h2 id="services-browser">{strings::IN_THIS_BROWSER}</h2></header>
                <section class="service" aria-labelledby="service-browser-title">
                    <details class="unfolds">
                        <summary>
                            {icon(RIGHT)}
                            <h3 id="service-browser-title">{strings::BROWSER_MODEL}</h3>
                            <span class="meta">{standing}</span>
                        </summary>
                        <div class="service-body">
                            <p class="meta">"a model that your browser brings; free, and nothing leaves this machine"</p>
                            <p class="second">
                                "It is small: it answers short questions, and its opinion weighs less than that of a large model. Several members of it are answered one after another."
                            </p>
                            <div class="own">{move || state(access)}</div>
                            // Said once per change, unlike the percentage.
                            <p class="unseen" role="status">{standing}</p>
                        </div>
                    </details>
                </section>
            </section>
        }
    };
    (move || is_there.get().then(section)).into_any()
}

fn state(access: Access) -> AnyView {
    let button = |name: &'static str| {
        view! { <button type="button" class="button" on:click=move |_| download(access)>{name}</button> }
    };
    match access.browser_model.get() {
        BrowserModel::Absent => ().into_any(),
        BrowserModel::Ready => view! {
            <div class="verdict good">
                <p class="verdict-head">{icon(CHECK)}<span>"Ready"</span></p>
                <p>"Choose it as the provider of a member."</p>
            </div>
        }
        .into_any(),
        BrowserModel::Downloadable(why) => {
            let why = why.map(|why| {
                view! {
                    <p class="verdict-head">{icon(CARE)}<span>"Not downloaded"</span></p>
                    <p role="alert">{why}</p>
                }
            });
            view! {
                <div class="verdict care">
                    {why}
                    <p>"The browser downloads it once, some gigabytes, and keeps it for every page."</p>
                    {button(strings::DOWNLOAD)}
                </div>
            }
            .into_any()
        }
        BrowserModel::Downloading(None) => view! {
            <div class="verdict idle">
                <p class="verdict-head">"Downloading…"</p>
                <p>"How far it is, the browser tells who asks."</p>
                {button(strings::FOLLOW)}
            </div>
        }
        .into_any(),
        BrowserModel::Downloading(Some(percent)) => view! {
            <div class="verdict idle">
                <p class="verdict-head">"Downloading"<span class="meta">{percent.to_string()}" %"</span></p>
                <progress max="100" value=percent.to_string() aria-label="Download"></progress>
                <p>"Use the other pages meanwhile, if you like."</p>
            </div>
        }
        .into_any(),
    }
}
