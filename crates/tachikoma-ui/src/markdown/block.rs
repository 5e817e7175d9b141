//! The tree that Markdown is read into: all that may ever be shown, and nothing else.

use super::Target;

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Inline>),
    /// Code, as it stands.
    Code(String),
    /// A quotation.
    Quote(Vec<Self>),
    /// A list; numbered from `start` if it has one.
    List {
        /// The first number of a numbered list.
        start: Option<u64>,
        /// The items.
        items: Vec<Item>,
    },
    /// A table.
    Table {
        /// The cells of the head.
        head: Vec<Vec<Inline>>,
        /// The cells of each row.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A line across.
    Rule,
}

/// An item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Ticked or not, when it is a task.
    pub task: Option<bool>,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text as it stands.
    Text(String),
    /// Code within a line.
    Code(String),
    /// Emphasis.
    Emphasis(Vec<Self>),
    /// Strong emphasis.
    Strong(Vec<Self>),
    /// Struck out.
    Struck(Vec<Self>),
    /// A link that may be followed.
    Link {
        /// Where it goes.
        target: Target,
        /// What it says.
        inner: Vec<Self>,
    },
    /// An image, never loaded.
    Image {
        /// What it shows, in words.
        alt: String,
        /// Where it lies, if that is an address one may open.
        target: Option<Target>,
    },
    /// A line break.
    Break,
}
