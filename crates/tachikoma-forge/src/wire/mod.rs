//! Framing: bytes in, frames out. Push-based, correct at every split of the input.
