//! Which addresses may be followed.

/// An address that may be followed: `http`, `https` or `mailto`, spelled so that every reader of
/// addresses agrees on the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub href: String,
    /// The host, or the mail address: shown beside the link, so that its words cannot hide it.
    pub host: String,
}

/// Reads an address; `None` when it must not be followed.
///
/// Refused, besides other schemes: control characters and blanks (browsers drop some of them, so
/// `java\tscript:` is a script), backslashes (browsers read them as slashes), names and passwords before
/// the host (`https://good.example@evil.example`), hosts outside ASCII (look-alike letters), relative
/// addresses (they would act on this page's own origin).
#[must_use]
pub fn target(address: &str) -> Option<Target> {
    let address = address.trim();
    if address.len() > 2048 || address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return None;
    }
    let (scheme, rest) = address.split_once(':')?;
    let host = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.strip_prefix("//")?.split(['/', '?', '#']).next().unwrap_or_default(),
        "mailto" => {
            let mail = rest.split('?').next().unwrap_or_default();
            mail.contains('@').then_some(mail)?
        }
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    let mail = |c: char| plain(c) || "@+%,".contains(c);
    let is_mail = scheme.eq_ignore_ascii_case("mailto");
    let readable = !host.is_empty() && host.chars().all(|c| if is_mail { mail(c) } else { plain(c) });
    readable.then(|| Target { href: address.to_owned(), host: host.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_and_mail_addresses_may_be_followed() {
        let host = |a: &str| target(a).map(|t| t.host);
        assert_eq!(host("https://Example.org/a?b#c").as_deref(), Some("example.org"));
        assert_eq!(host("http://127.0.0.1:8080").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(host("mailto:a@b.example?subject=x").as_deref(), Some("a@b.example"));
        for refused in [
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,<script>",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://x",
            "//evil.example",
            "/delete-everything",
            "#/providers",
            "https:evil.example",
            "https:/evil.example",
            "https:\\\\evil.example",
            "https://good.example\\@evil.example",
            "https://good.example@evil.example",
            "https://аpple.example",
            "https://",
            "https://evil.example /x",
            "mailto:nobody",
            "",
        ] {
            assert_eq!(host(refused), None, "{refused:?}");
        }
    }
}
