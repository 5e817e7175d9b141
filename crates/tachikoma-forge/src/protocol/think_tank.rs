//! The default protocol.
