//! Main.

fn main() {}
