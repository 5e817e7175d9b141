//! What keeps a stage blind: labels in place of names, names masked, and texts quoted as data.

mod labels;
mod mask;
mod phrases;
mod quote;

pub(super) use labels::{assign, order_of};
pub(super) use mask::Mask;
pub(super) use quote::Quotes;
