//! Files that people attach: whatever is in them, they are refused in words or kept within their limits.

use tachikoma_forge::protocol::Plan;
use tachikoma_forge::session::attachment::{MOST_TEXT, Recognised, attach, recognise};
use tachikoma_forge::session::{Attachment, Settings, Topic};

use crate::panel::Panel;

/// The file after its name, which is the first line.
pub(super) fn attachment(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let name = String::from_utf8_lossy(&data[..end]);
    let Ok(Recognised::Attachment(one)) = recognise(&name, &data[end..]) else { return };
    check(one);
}

/// A PDF. Its reader may take what it is given for damaged, and nothing else: no panic, and no more than was asked for.
pub(super) fn pdf(data: &[u8]) {
    let read = tachikoma_pdf::read(data.to_vec(), MOST_TEXT);
    let Ok(pdf) = read else { return };
    assert!(pdf.text.len() <= MOST_TEXT + 64, "{}", pdf.text.len());
    assert!(pdf.without.is_sorted() && !pdf.without.contains(&0), "{:?}", pdf.without);
    if let Ok(one) = Attachment::from_pdf("a.pdf", data.len(), &pdf.text, &pdf.without) {
        check(one);
    }
}

/// What is kept reads back, and stands in a prompt between its two lines.
fn check(one: Attachment) {
    assert!(!one.name.is_empty() && !one.name.contains(char::is_control), "{:?}", one.name);
    let written = serde_json::to_string(&one).expect("well formed");
    assert_eq!(serde_json::from_str::<Attachment>(&written).expect("what was written"), one);
    let mut all = Vec::new();
    attach(&mut all, one.clone()).expect("the first one");
    attach(&mut all, one).expect("the same under another name");
    assert_ne!(all[0].name, all[1].name);
    let topic = Topic { attachments: all, ..Topic::new("What do they say?") };
    let member = || "ollama/x".parse().expect("a member");
    let mut panel = Panel::new(1, topic, vec![member(), member()], Settings::default());
    let Plan::Asks(asks) = panel.plan() else { panic!("drafts are first") };
    for ask in asks {
        let user = &ask.prompt.user;
        let Some((_, after)) = user.split_once("carry\nthe mark ") else { panic!("no mark in {user}") };
        let quotes = user.matches(&after[..16]).count() - 1;
        assert_eq!(quotes + 2 * ask.prompt.images.len(), 4, "{user}");
    }
}
