//! The example of a provider of one's own is compiled, and run to its end.

#[expect(dead_code, reason = "its `main` is for those who run the example")]
#[path = "../examples/own_provider.rs"]
mod own_provider;

use tachikoma_forge::session::SessionState;

#[tokio::test]
async fn a_provider_from_elsewhere_takes_part_in_a_deliberation() {
    let session = own_provider::deliberate().await.expect("it deliberates");
    assert!(matches!(session.state, SessionState::Ended { answer: Some(_), .. }), "{:?}", session.state);
    assert_eq!(session.participants.len(), 2);
    for (member, model) in session.participants.iter().zip(["library/careful", "library/bold"]) {
        assert_eq!(member.model.to_string(), model, "what was named alone is kept whole");
    }
    assert!(session.rounds.iter().all(|round| round.absent.is_empty()), "{:?}", session.rounds);
    let answer = session.result().and_then(|turn| turn.text()).unwrap_or_default();
    assert!(answer.contains("Sundays") || answer.contains("Sunday"), "{answer}");
}
