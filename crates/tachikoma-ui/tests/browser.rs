//! Components in a real browser: what a model writes must not become anything but text.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use leptos::prelude::*;
use tachikoma_ui::markdown;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn drawn(text: &str) -> web_sys::HtmlElement {
    let host: web_sys::HtmlElement = document().create_element("div").unwrap().unchecked_into();
    document().body().unwrap().append_child(&host).unwrap();
    let blocks = markdown::read(text);
    mount_to(host.clone(), move || markdown::view::blocks(&blocks)).forget();
    host
}

/// What hostile members write. Every prefix of each is drawn, as it would be while it arrives.
const HOSTILE: [&str; 9] = [
    "<script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'>",
    "<svg onload=window.owned=1><iframe srcdoc='<script>parent.owned=1</script>'>",
    "[x](javascript:window.owned=1) [y](JaVaScRiPt:window.owned=1) <javascript:window.owned=1>",
    "![t](https://tracker.example/p.png) ![u](data:image/svg+xml,<svg/onload=owned=1>)",
    "| <b onclick=owned=1>a</b> |\n|---|\n| <style>body{display:none}</style> |\n",
    "[ref]\n\n[ref]: javascript:owned=1 \"t\"\n",
    "```html\n<script>window.owned = 1</script>\n```\n</div></article><form action=https://e.example>",
    "<a href='javascript:owned=1' style='position:fixed;inset:0' id=main name=goal>click</a>",
];

#[wasm_bindgen_test]
fn nothing_that_a_member_writes_runs_loads_or_leaves_its_place() {
    for text in HOSTILE {
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            let host = drawn(&text[..end]);
            let bad = "script, style, iframe, img, svg:not(.icon), form, input, object, embed, base, meta, [onerror], [onload], \
                       [onclick], [style], [id], [name], [src], [srcdoc]";
            assert!(host.query_selector(bad).unwrap().is_none(), "{}", host.inner_html());
            let links = host.get_elements_by_tag_name("a");
            for at in 0..links.length() {
                let link = links.item(at).unwrap();
                let href = link.get_attribute("href").unwrap();
                assert!(
                    href.starts_with("https://") || href.starts_with("http://") || href.starts_with("mailto:"),
                    "{href}"
                );
                assert_eq!(link.get_attribute("rel").as_deref(), Some("noopener noreferrer nofollow"));
            }
            host.remove();
        }
    }
    assert!(js_sys::Reflect::get(&window(), &"owned".into()).unwrap().is_undefined());
}

#[wasm_bindgen_test]
fn a_link_shows_its_host_and_an_image_only_its_words() {
    let host = drawn("[good](https://evil.example/x) ![a cat](https://img.example/c.png)");
    assert_eq!(host.text_content().unwrap(), "good (evil.example) [image: a cat] (img.example)");
    assert_eq!(host.get_elements_by_tag_name("a").length(), 2);
    host.remove();
}
