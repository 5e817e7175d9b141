//! Marks: icons for actions and states, shapes for seats. All of them inline, each one path.

use leptos::prelude::*;
use tachikoma_forge::types::Seat;

use crate::view_model::card::State;

/// An icon: the path, drawn as a line on a field of 16 by 16.
#[derive(Clone, Copy)]
pub struct Icon(&'static str, bool);

/// A clock: waits.
pub const CLOCK: Icon = Icon("M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM8 5v3.2l2.1 1.4", false);
/// An eye: reads.
pub const EYE: Icon = Icon(
    "M1.8 8S4 4 8 4s6.200 4 6.200 4-2.200 4-6.200 4S1.800 8 1.800 8zM8 6.300a1.700 1.700 0 1 0 0 3.400 1.700 1.700 0 0 0 0-3.400z",
    false,
);
/// Dots: thinks.
pub const DOTS: Icon = Icon(
    "M2 8a1.200 1.200 0 1 0 2.400 0A1.200 1.200 0 1 0 2 8zM6.800 8a1.200 1.200 0 1 0 2.400 0 1.200 1.200 0 1 0-2.400 0zM11.600 8a1.200 1.200 0 1 0 2.400 0 1.200 1.200 0 1 0-2.400 0z",
    true,
);
/// A pen: writes.
pub const PEN: Icon =
    Icon("M2.800 13.200l.7-2.900 7.300-7.300 2.200 2.200-7.300 7.300zM9.200 4.600l2.200 2.200", false);
/// Three dots: more.
pub const MORE: Icon = Icon("M3.500 8v.1M8 8v.1M12.500 8v.1", false);
/// A turn: tries again.
pub const AGAIN: Icon = Icon("M12.800 8.300a4.800 4.800 0 1 1-1.500-3.700l1.300 1.200M12.800 2.800v3h-3", false);
/// A check: done.
pub const CHECK: Icon = Icon("M2.800 8.600l3.300 3.300 7.100-7.400", false);
/// A cross: absent, against.
pub const CROSS: Icon = Icon("M4 4l8 8M12 4l-8 8", false);
/// A triangle: take care.
pub const CARE: Icon = Icon("M8 2.600l6 10.600H2zM8 6.500v3M8 11.400v.1", false);
/// A square: stop.
pub const SQUARE: Icon =
    Icon("M4.500 4h7a.5.5 0 0 1 .5.5v7a.5.5 0 0 1-.5.5h-7a.5.5 0 0 1-.5-.5v-7a.5.5 0 0 1 .5-.5z", true);
/// A barred circle: blocked.
pub const BARRED: Icon =
    Icon("M8 2.400a5.600 5.600 0 1 0 0 11.200A5.600 5.600 0 0 0 8 2.400zM4.100 4.100l7.800 7.800", false);
/// A bar: abstains.
pub const DASH: Icon = Icon("M3.500 8h9", false);
/// Opens downwards.
pub const DOWN: Icon = Icon("M4 6l4 4 4-4", false);
/// Opens.
pub const RIGHT: Icon = Icon("M6 4l4 4-4 4", false);
/// To the end.
pub const LATEST: Icon = Icon("M8 3v9.500M4.200 8.800L8 12.500l3.800-3.700", false);
/// Two sheets: copy.
pub const COPY: Icon = Icon("M5.800 5.500h7v7.300h-7zM10.200 3.200H3.300v7", false);
/// A bin: remove.
pub const BIN: Icon = Icon("M2.800 4.500h10.400M6.300 4.300V2.900h3.400v1.400M4.300 4.500l.7 8.700h6l.7-8.700", false);
/// Plus: add.
pub const PLUS: Icon = Icon("M8 3v10M3 8h10", false);
/// Half a disc: light or dark.
pub const HALF: Icon = Icon(
    "M8 2.600a5.400 5.400 0 1 0 0 10.800A5.400 5.400 0 0 0 8 2.600zM8 2.600v10.800M9.500 3.500v9M11 4.400v7.200M12.400 6v4",
    false,
);

/// The icon as a node; it says nothing to a screen reader, the word beside it does.
#[must_use]
pub fn icon(icon: Icon) -> AnyView {
    let class = if icon.1 { "icon solid" } else { "icon" };
    view! { <svg class=class viewBox="0 0 16 16" aria-hidden="true"><path d=icon.0></path></svg> }.into_any()
}

/// The icon of a state.
#[must_use]
pub const fn of_state(state: State) -> Icon {
    match state {
        State::Waiting | State::Queued | State::Cooling | State::Capped => CLOCK,
        State::Reading => EYE,
        State::Thinking => DOTS,
        State::Writing | State::YourTurn => PEN,
        State::Retrying => AGAIN,
        State::Done => CHECK,
        State::CutShort => CARE,
        State::Stopped => SQUARE,
        State::Absent => CROSS,
    }
}

/// The shapes of the seats: circle, square, triangle, diamond, pentagon, cross, wedge, hourglass.
const SHAPES: [&str; 8] = [
    "M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1z",
    "M1.400 1.400h9.200v9.200H1.400z",
    "M6 1l5.500 9.700H.5z",
    "M6 .3L11.700 6 6 11.700.3 6z",
    "M6 .6l5.300 3.900-2 6.300H2.700l-2-6.300z",
    "M4.300 1h3.400v3.300H11v3.400H7.700V11H4.300V7.700H1V4.300h3.300z",
    "M.6 1.300h10.800L6 11z",
    "M1.200 1h9.600L7.500 6l3.300 5H1.200l3.300-5z",
];

/// The class that gives a seat its hue. Beyond eight seats hues and shapes come round again; the name always differs.
#[must_use]
pub fn hue(seat: Seat) -> String {
    ["seat-", &(seat % 8 + 1).to_string()].concat()
}

/// A seat's shape, filled.
#[must_use]
pub fn shape(seat: Seat) -> AnyView {
    draw(seat, "shape ")
}

/// A seat's shape in outline: against.
#[must_use]
pub fn outline(seat: Seat) -> AnyView {
    draw(seat, "shape outline ")
}

fn draw(seat: Seat, class: &str) -> AnyView {
    let path = SHAPES[usize::from(seat % 8)];
    view! { <svg class=[class, &hue(seat)].concat() viewBox="0 0 12 12" aria-hidden="true"><path d=path></path></svg> }
        .into_any()
}

/// A member: shape and name.
#[must_use]
pub fn who(seat: Seat, name: &str) -> AnyView {
    view! { <span class="who">{shape(seat)}<span><bdi>{name.to_owned()}</bdi></span></span> }.into_any()
}
