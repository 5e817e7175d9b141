//! Where a host lies, judged by its name alone: on this machine, in the local network, or anywhere.
//!
//! A browser lets a page of the public web reach a local server only when the page says beforehand that
//! it means to (Local Network Access, `targetAddressSpace` of `fetch`). Nothing is resolved here: a name
//! that looks public and resolves to a private address is the browser's to judge.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where a host lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}
