//! The deciding vote: who, what, why.

use leptos::prelude::*;

use super::fields::choice;
use super::icon::who;
use crate::view_model::agreement::Ballot;

/// The ballots as a table.
#[must_use]
pub fn votes(ballots: &[Ballot]) -> AnyView {
    let rows: Vec<_> = ballots
        .iter()
        .map(|ballot| {
            let reason =
                if ballot.reason.is_empty() { "–".to_owned() } else { crate::markdown::clean(&ballot.reason) };
            let concerns = match ballot.concerns.as_slice() {
                [] => "None.".to_owned(),
                all => crate::markdown::clean(&all.join(" ")),
            };
            view! {
                <tr>
                    <td>{who(ballot.seat, &ballot.name)}</td>
                    <td>{choice(ballot.choice)}</td>
                    <td>{reason}</td>
                    <td>{concerns}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <table class="rows votes">
            <thead>
                <tr>
                    <th scope="col" class="member-column">"Member"</th>
                    <th scope="col" class="vote-column">"Vote"</th>
                    <th scope="col">"Reason"</th>
                    <th scope="col">"Concerns"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
