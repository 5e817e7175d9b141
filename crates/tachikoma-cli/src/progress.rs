//! What happens meanwhile, on stderr: a line per member on a terminal, plain lines in a pipe.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tachikoma_forge::session::{
    AttemptReason, Channel, Envelope, Event, FallbackReason, ForgeSession, NextStep, WaitReason,
};
use tachikoma_forge::types::{AskId, Seat};

use crate::plain::line;
use crate::spending::spent;

/// Tells people how far it is.
pub(crate) struct Progress {
    bars: Option<MultiProgress>,
    members: BTreeMap<Seat, ProgressBar>,
    quiet: bool,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        Self { bars: terminal.then(MultiProgress::new), members: BTreeMap::new(), quiet }
    }

    /// Takes an event, and the session with that event in it.
    pub(crate) fn take(&mut self, envelope: &Envelope, session: &ForgeSession) {
        let name = |ask: &AskId| line(session.name_of(ask.seat), 24);
        match &envelope.event {
            Event::SessionCreated { demo: true, .. } => {
                self.say("Demo: the members are scripted; no model is asked.");
            }
            Event::RoundStarted { round, round_type, .. } => {
                self.clear();
                self.say(&format!("Round {round}: {round_type}"));
            }
            Event::BranchOpened { from, stale, .. } => {
                self.say(&format!("Branch {} of {from}: {} turns are stale", envelope.branch, stale.len()));
            }
            Event::HumanAnswered { ask, .. } => self.say(&format!("  {}: answered", name(ask))),
            Event::ParticipantThinking { ask, .. } => self.state(ask.seat, &name(ask), "waiting"),
            Event::ParticipantWaiting { ask, model, why, until_ms } => {
                let model = line(&model.to_string(), 60);
                let state = match (why, until_ms) {
                    (WaitReason::Queued, _) => format!("queued for {model}"),
                    (WaitReason::Cooling, Some(until)) => {
                        format!("{model} is cooling, asked again in {}", seconds(until.saturating_sub(envelope.at_ms)))
                    }
                    (WaitReason::Cooling, None) => format!("{model} is cooling"),
                    (WaitReason::Budget, _) => "waits for room under the cap".to_owned(),
                };
                // In a pipe only what takes long is worth a line.
                if *why == WaitReason::Cooling && self.bars.is_none() {
                    self.say(&format!("  {}: {state}", name(ask)));
                }
                self.state(ask.seat, &name(ask), &state);
            }
            Event::AttemptStarted { ask, model, why: AttemptReason::Cooling, .. } => {
                let model = line(&model.to_string(), 60);
                self.say(&format!("  {}: its model is cooling; asking {model} instead", name(ask)));
            }
            Event::ContentDelta { ask, channel, .. } => {
                // Drawing is throttled by the terminal library; a pipe hears of turns only.
                if self.bars.is_some() {
                    let words = session.text_so_far(ask, Channel::Text).len() / 5;
                    let state = match channel {
                        Channel::Reasoning => "thinking".to_owned(),
                        Channel::Text => format!("writing, ≈ {words} words"),
                    };
                    self.state(ask.seat, &name(ask), &state);
                }
            }
            Event::AttemptFailed { ask, error, next, .. } => {
                let then = match next {
                    NextStep::Retry { after_ms } => format!("trying again in {}", seconds(*after_ms)),
                    NextStep::Fallback { model, because } => {
                        let because = match because {
                            FallbackReason::NextInList => "",
                            FallbackReason::Interchangeable => ", which is the same model",
                            FallbackReason::LargerContext => ", which holds more",
                            FallbackReason::OtherProvider => ", which is another provider's",
                        };
                        format!("asking {} instead{because}", line(&model.to_string(), 60))
                    }
                    NextStep::WithoutParameter { parameter } => format!("trying again without {}", line(parameter, 60)),
                    NextStep::Repair => "asking once to mend the answer".to_owned(),
                    NextStep::Absent => return,
                };
                self.say(&format!("  {}: {}; {then}", name(ask), line(&error.message, 200)));
                self.state(ask.seat, &name(ask), "retrying");
            }
            Event::ParticipantComplete { ask, model, usage, duration_ms, .. } => {
                let tokens = usage.output_tokens.map_or_else(String::new, |n| format!(", {n} tokens"));
                // Whose list has one model needs not be told which.
                let choice = session.participant(ask.seat).is_some_and(|member| member.targets().nth(1).is_some());
                let by = if choice { format!(" by {}", line(&model.to_string(), 60)) } else { String::new() };
                self.finish(ask.seat, &format!("  {}: done in {}{tokens}{by}", name(ask), seconds(*duration_ms)));
            }
            Event::ParticipantFailed { ask, error } => {
                self.finish(ask.seat, &format!("  {}: absent, {}", name(ask), line(&error.message, 200)));
            }
            Event::RoundComplete { .. } => {
                let sum = session.spending();
                self.say(&format!("  so far: {}, {} tokens", spent(&sum), sum.tokens));
            }
            Event::ConvergenceChecked { tally, .. } => {
                self.say(&format!("  {}", tally.explained()));
            }
            Event::Warning { message } => self.say(&format!("note: {}", line(message, 300))),
            Event::Error { message } => self.say(&format!("error: {}", line(message, 300))),
            Event::Resumed { .. } => self.say("Continuing where it was."),
            Event::SessionEnded { .. } => self.clear(),
            Event::SessionCreated { .. }
            | Event::LabelsAssigned { .. }
            | Event::AttemptStarted { .. }
            | Event::TextSoFar { .. }
            | Event::SessionConverged { .. }
            | Event::Control { .. } => {}
        }
    }

    /// Says a line to people.
    pub(crate) fn say(&self, text: &str) {
        match &self.bars {
            _ if self.quiet => {}
            Some(bars) => bars.suspend(|| anstream::eprintln!("{text}")),
            None => anstream::eprintln!("{text}"),
        }
    }

    fn state(&mut self, seat: Seat, name: &str, state: &str) {
        let Some(bars) = &self.bars else { return };
        let bar = self.members.entry(seat).or_insert_with(|| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("  {spinner} {prefix:24} {elapsed:>4} {wide_msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        bar.set_prefix(name.to_owned());
        bar.set_message(state.to_owned());
    }

    fn finish(&mut self, seat: Seat, text: &str) {
        if let Some(bar) = self.members.remove(&seat) {
            bar.finish_and_clear();
        }
        self.say(text);
    }

    fn clear(&mut self) {
        for bar in std::mem::take(&mut self.members).into_values() {
            bar.finish_and_clear();
        }
    }
}

fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}
