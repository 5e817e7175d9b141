//! Where a host lies, judged by its name alone: on this machine, in the local network, or anywhere; and what a
//! browser makes of that.
//!
//! A browser lets a page of the public web reach a local server only when the page says beforehand that
//! it means to (Local Network Access, `targetAddressSpace` of `fetch`), and people allow it. Nothing is resolved
//! here: a name that looks public and resolves to a private address is the browser's to judge.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a host lies, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AddressSpace {
    /// This machine.
    Loopback,
    /// The network at home or at work.
    Local,
    /// Anywhere else.
    Public,
}

impl AddressSpace {
    /// The space of a host as a URL's `hostname` gives it: lower case, IPv6 in brackets.
    pub(crate) fn of(hostname: &str) -> Self {
        let host = hostname.strip_suffix('.').unwrap_or(hostname);
        if let Some(v6) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            return v6.parse().map_or(Self::Public, Self::of_v6);
        }
        if let Ok(v4) = host.parse() {
            return Self::of_v4(v4);
        }
        if host == "localhost" || host.ends_with(".localhost") {
            return Self::Loopback;
        }
        // A bare name has no place in the public web, and neither have these endings (RFC 6762, RFC 8375).
        let local = !host.contains('.') || [".local", ".internal", ".home.arpa"].iter().any(|end| host.ends_with(end));
        if local { Self::Local } else { Self::Public }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        if address.is_loopback() || address.is_unspecified() {
            Self::Loopback
        } else if address.is_private() || address.is_link_local() {
            Self::Local
        } else {
            Self::Public
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if let IpAddr::V4(v4) = IpAddr::V6(address).to_canonical() {
            return Self::of_v4(v4);
        }
        if address.is_loopback() || address.is_unspecified() {
            Self::Loopback
        } else if address.is_unique_local() || address.is_unicast_link_local() {
            Self::Local
        } else {
            Self::Public
        }
    }

    /// The word that `fetch` takes; nothing for the public web, which needs no permission.
    pub(crate) const fn word(self) -> Option<&'static str> {
        match self {
            Self::Loopback => Some("loopback"),
            Self::Local => Some("local"),
            Self::Public => None,
        }
    }

    /// The names of the permission to reach it from further away, the newest first.
    pub(crate) const fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Loopback => &["loopback-network", "local-network-access"],
            Self::Local => &["local-network", "local-network-access"],
            Self::Public => &[],
        }
    }

    /// Whether a page from here needs a permission to reach `target`.
    pub(crate) fn asks_for(self, target: Self) -> bool {
        target < self
    }

    /// Whether a page over https may not send anything there over plain http. This machine needs no https, and the
    /// local network none where the browser is told beforehand (`announced`) and asks people itself.
    pub(crate) const fn is_mixed(self, announced: bool) -> bool {
        match self {
            Self::Loopback => false,
            Self::Local => !announced,
            Self::Public => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_placed_by_its_name() {
        let cases = [
            ("localhost", "loopback"),
            ("localhost.", "loopback"),
            ("models.localhost", "loopback"),
            ("127.0.0.1", "loopback"),
            ("127.8.9.1", "loopback"),
            ("0.0.0.0", "loopback"),
            ("[::1]", "loopback"),
            ("[::ffff:127.0.0.1]", "loopback"),
            ("192.168.1.4", "local"),
            ("10.0.0.1", "local"),
            ("172.16.0.1", "local"),
            ("172.31.255.1", "local"),
            ("169.254.1.1", "local"),
            ("[fd00::1]", "local"),
            ("[fe80::1]", "local"),
            ("nas", "local"),
            ("nas.local", "local"),
            ("box.home.arpa", "local"),
        ];
        for (host, word) in cases {
            assert_eq!(AddressSpace::of(host).word(), Some(word), "{host}");
        }
        for host in ["api.anthropic.com", "172.32.0.1", "192.169.0.1", "8.8.8.8", "[2606:4700::1]", "local.example"] {
            assert_eq!(AddressSpace::of(host), AddressSpace::Public, "{host}");
        }
        assert_eq!(AddressSpace::of("notlocalhost.example"), AddressSpace::Public);
    }

    #[test]
    fn only_what_is_nearer_asks_for_a_permission() {
        let all = [AddressSpace::Loopback, AddressSpace::Local, AddressSpace::Public];
        for (at, page) in all.into_iter().enumerate() {
            for (to, target) in all.into_iter().enumerate() {
                assert_eq!(page.asks_for(target), to < at, "{page:?} to {target:?}");
                assert!(!page.asks_for(target) || !target.permissions().is_empty(), "{target:?}");
            }
        }
    }

    #[test]
    fn plain_http_is_mixed_content_unless_it_stays_near() {
        for (space, told, untold) in [
            (AddressSpace::Loopback, false, false),
            (AddressSpace::Local, false, true),
            (AddressSpace::Public, true, true),
        ] {
            assert_eq!((space.is_mixed(true), space.is_mixed(false)), (told, untold), "{space:?}");
        }
    }
}
