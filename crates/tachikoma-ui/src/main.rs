//! The page's entry.

use tachikoma_ui::app::App;

fn main() {
    leptos::mount::mount_to_body(App);
}
