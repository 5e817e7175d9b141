//! The browser's own model: whether there is one, and its download. Shared by both apps, since the form offers it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_web::browser_model::{Availability, availability};
pub use tachikoma_web::browser_model::{MODEL, PROVIDER};

use crate::access::Access;

/// How the browser's own model stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserModel {
    /// The browser was not asked yet, has none, or has none that runs here.
    Absent,
    /// It has to be downloaded first; and why the last try failed.
    Downloadable(Option<String>),
    /// It is being downloaded; so many percent of it are here, if this page is told.
    Downloading(Option<u8>),
    /// It can be asked.
    Ready,
}

/// Asks the browser, and keeps what it says. Begins no download.
pub fn look(access: Access) {
    spawn_local(async move {
        let told = match availability().await {
            Availability::Unavailable => BrowserModel::Absent,
            Availability::Downloadable => BrowserModel::Downloadable(None),
            Availability::Downloading => BrowserModel::Downloading(None),
            Availability::Available => BrowserModel::Ready,
        };
        access.browser_model.set(told);
    });
}

/// Begins the download, or joins the one that runs. To be called while a click is handled.
pub fn download(access: Access) {
    let standing = access.browser_model;
    standing.set(BrowserModel::Downloading(Some(0)));
    let download = tachikoma_web::browser_model::download(move |part| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
        let percent = (part * 100.0).floor() as u8;
        standing.set(BrowserModel::Downloading(Some(percent)));
    });
    spawn_local(async move {
        match download.await {
            Ok(()) => standing.set(BrowserModel::Ready),
            Err(error) => standing.set(BrowserModel::Downloadable(Some(error.message))),
        }
    });
}
