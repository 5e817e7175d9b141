//! Tolerant reading.
