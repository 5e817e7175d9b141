//! Steering at the terminal: commands that begin with a slash, and the form of a person whose turn it is.
//!
//! A line is a command, or it goes into the field that is being filled in. The form is the one that the page shows; what
//! it comes to is read like every answer, and a refusal says why and asks again.

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _};

use futures::StreamExt;
use tachikoma_forge::driver::ControlHandle;
use tachikoma_forge::llm::ProviderFactory;
use tachikoma_forge::protocol::asked::{Piece, asked};
use tachikoma_forge::protocol::{FieldKind, Form, FormField};
use tachikoma_forge::session::{ControlAction, Event, ForgeSession, Participant, Turn};
use tachikoma_forge::types::{AskId, RoundType, Seat};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::plain::plain;
use crate::{panel, spending};

/// What can be typed at any time.
const HELP: &str = "/pause, /resume   stop making calls, and go on\n\
/note TEXT        tell all members something from the next round on\n\
/skip [MEMBER]    go on without an answer: yours, or a member's\n\
/retry MEMBER     ask a member again\n\
/replace MEMBER provider/model   have another model speak for a member
/dismiss MEMBER   take a member from the table; /recall MEMBER brings it back\n\
/rounds N         the most rounds\n\
/synthesis        end the round with what is ready, and have the shared answer next\n\
/finish           end with what is ready\n\
/stop             stop, to be continued\n\
/help             this list

Whoever is asked types the answer, a field after the other. One of several lines ends with a line that holds a single dot.";

/// Follows a deliberation and does what is typed, until it is over.
pub(crate) async fn run(control: ControlHandle, factory: ProviderFactory) {
    let mut lines = typed();
    let mut events = control.subscribe();
    let terminal = std::io::stdin().is_terminal();
    let mut desk = Desk { control, factory, asking: None, told: BTreeSet::new(), terminal, held: None };
    let mut open = true;
    loop {
        tokio::select! {
            event = events.next() => match event {
                None => return,
                Some(envelope) => {
                    if matches!(envelope.event, Event::ContentDelta { .. } | Event::TextSoFar { .. }) {
                        continue;
                    }
                    desk.look();
                    if desk.asking.is_some()
                        && let Some(line) = desk.held.take()
                    {
                        desk.take(&line).await;
                    }
                    if !open && desk.held.is_none() {
                        desk.go_on_without().await;
                    }
                }
            },
            line = lines.recv(), if open && desk.held.is_none() => match line {
                Some(line) => desk.take(&line).await,
                // Nobody types any more; what runs goes on.
                None => {
                    open = false;
                    desk.go_on_without().await;
                }
            },
        }
    }
}

/// Whether somebody can type here: in a terminal, and not in its background, where reading would halt the process.
pub(crate) fn somebody_types() -> bool {
    std::io::stdin().is_terminal() && in_front()
}

#[cfg(unix)]
fn in_front() -> bool {
    rustix::termios::tcgetpgrp(std::io::stdin()).is_ok_and(|front| front == rustix::process::getpgrp())
}

#[cfg(not(unix))]
fn in_front() -> bool {
    true
}

/// The lines that are typed. They are read on a thread of their own: reading from a terminal waits.
fn typed() -> UnboundedReceiver<String> {
    let (send, lines) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if send.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

struct Desk {
    control: ControlHandle,
    /// Says whether a model that is named can be asked.
    factory: ProviderFactory,
    asking: Option<Asking>,
    /// The asks whose question was shown.
    told: BTreeSet<AskId>,
    /// Whether somebody types, and sees what is asked.
    terminal: bool,
    /// A line of a pipe that came before anybody was asked.
    held: Option<String>,
}

/// A form that is being filled in.
struct Asking {
    ask: AskId,
    form: Form,
    at: usize,
    lines: Vec<String>,
}

impl Desk {
    /// Shows the next question to a person, and forgets one that is over.
    fn look(&mut self) {
        let Some(session) = self.control.session() else { return };
        let open = |ask: &AskId| session.turns.get(ask).is_some_and(|turn| !turn.is_settled());
        if self.asking.as_ref().is_some_and(|asking| !open(&asking.ask)) {
            say("That turn is over.");
            self.asking = None;
        }
        if self.asking.is_some() {
            return;
        }
        let persons = |turn: &&Turn| session.participant(turn.ask.seat).is_some_and(Participant::is_person);
        let next = session.turns.values().filter(|turn| !turn.is_settled()).find(persons).map(|turn| turn.ask.clone());
        let Some((ask, form)) = next.and_then(|ask| Some((ask.clone(), Form::of(&session, &ask)?))) else { return };
        if self.told.insert(ask.clone())
            && let Some(question) = asked(&session, &ask)
        {
            say(&format!("\n=== {}, it is your turn: {} ===\n", session.name_of(ask.seat), ask.step));
            for piece in question {
                match piece {
                    Piece::Words(words) => say(&words),
                    Piece::Quote { title, text } => {
                        let quoted: Vec<String> = text.lines().map(|line| format!("  | {line}")).collect();
                        say(&format!("\n  {title}\n{}\n", quoted.join("\n")));
                    }
                }
            }
        }
        let asking = Asking { ask, form, at: 0, lines: Vec::new() };
        asking.prompt();
        self.asking = Some(asking);
    }

    async fn take(&mut self, line: &str) {
        let session = self.control.session();
        if line.starts_with('/') {
            match command(line, session.as_ref(), self.asking.as_ref().map(|asking| &asking.ask), &self.factory) {
                Ok(None) => say(HELP),
                Ok(Some(action)) => self.act(action).await,
                Err(why) => say(&why),
            }
            return;
        }
        let Some(asking) = &mut self.asking else {
            if !self.terminal {
                self.held = Some(line.to_owned());
            } else if !line.trim().is_empty() {
                say("Nobody waits for an answer. /help lists what can be done.");
            }
            return;
        };
        match asking.take(line) {
            Taken::More => {}
            Taken::Wrong(why) => {
                say(&why);
                asking.prompt();
            }
            Taken::Whole => {
                let ask = asking.ask.clone();
                let answered = match asking.form.text() {
                    Ok(text) => self.control.control(ControlAction::Answer { ask, text }).await,
                    Err(why) => Err(why),
                };
                match (answered, &mut self.asking) {
                    (Ok(()), asking) => *asking = None,
                    (Err(why), Some(asking)) => {
                        say(&format!(
                            "It cannot be taken yet: {why}. What you wrote is kept: an empty line keeps a field."
                        ));
                        asking.at = 0;
                        asking.prompt();
                    }
                    (Err(why), None) => say(&why),
                }
                self.look();
            }
        }
    }

    /// Goes on without the answer that is waited for, since nobody will give it any more.
    async fn go_on_without(&mut self) {
        while let Some(Asking { ask, .. }) = self.asking.take() {
            say("The input is over: it goes on without this answer.");
            if self.control.control(ControlAction::Skip { ask }).await.is_err() {
                return;
            }
            self.look();
        }
    }

    async fn act(&mut self, action: ControlAction) {
        if let Err(why) = self.control.control(action).await {
            say(&format!("Not done: {why}."));
        }
        self.look();
    }
}

/// What became of a line.
#[derive(Debug, PartialEq, Eq)]
enum Taken {
    More,
    Wrong(String),
    Whole,
}

impl Asking {
    fn field(&self) -> Option<&FormField> {
        self.form.fields.get(self.at)
    }

    fn prompt(&self) {
        let Some(field) = self.field() else { return };
        let group = if field.group.is_empty() { String::new() } else { format!("{}, ", field.group) };
        let how = match &field.kind {
            FieldKind::Words => "end with a line that holds a single dot".to_owned(),
            FieldKind::Lines => "one a line; an empty line ends it".to_owned(),
            FieldKind::Number => "a number".to_owned(),
            FieldKind::Choice(of) => {
                of.iter().map(|(value, words)| format!("{value}: {words}")).collect::<Vec<_>>().join(", ")
            }
            FieldKind::Order => format!("all of {}, with commas between them", field.value),
        };
        say(&format!("{group}{} ({how})", field.label));
    }

    /// Takes a line into the field that is being filled in. An empty one leaves the field as it is.
    fn take(&mut self, line: &str) -> Taken {
        let Some(field) = self.form.fields.get_mut(self.at) else { return Taken::Whole };
        let line = line.trim_end();
        match &field.kind {
            FieldKind::Words | FieldKind::Lines => {
                let ends = match field.kind {
                    FieldKind::Words => {
                        line == "." || (line.is_empty() && self.lines.is_empty() && !field.value.is_empty())
                    }
                    _ => line.is_empty(),
                };
                if !ends {
                    self.lines.push(line.to_owned());
                    return Taken::More;
                }
                let lines = std::mem::take(&mut self.lines);
                if !lines.is_empty() {
                    field.value = lines.join("\n");
                }
            }
            FieldKind::Choice(of) => {
                let chosen = of.iter().find(|(value, _)| value.eq_ignore_ascii_case(line.trim()));
                match chosen {
                    Some((value, _)) => field.value = value.clone(),
                    None if line.trim().is_empty() => {}
                    None => return Taken::Wrong(format!("{line:?} is none of them.")),
                }
            }
            FieldKind::Number | FieldKind::Order => {
                if !line.trim().is_empty() {
                    field.value = line.trim().to_owned();
                }
            }
        }
        self.at += 1;
        if self.at >= self.form.fields.len() {
            return Taken::Whole;
        }
        self.prompt();
        Taken::More
    }
}

/// What a command asks for; `None` for help.
fn command(
    line: &str,
    session: Option<&ForgeSession>,
    asking: Option<&AskId>,
    factory: &ProviderFactory,
) -> Result<Option<ControlAction>, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let seat_of = |name: &str| -> Result<Seat, String> {
        let members = session.map_or(&[][..], |session| &session.participants);
        let found = members.iter().find(|member| member.name.eq_ignore_ascii_case(name));
        let names = || members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>().join(", ");
        let place = name.parse::<usize>().ok().and_then(|place| members.get(place.checked_sub(1)?));
        found
            .or(place)
            .map(|member| member.seat)
            .ok_or_else(|| format!("Write whom you mean behind {word}: {}.", names()))
    };
    let seat = || seat_of(rest);
    let open = |seat: Seat| {
        let round = session.and_then(ForgeSession::open_round);
        let turn = round.and_then(|round| session?.turn_of(round.number, seat));
        turn.map(|turn| turn.ask.clone()).ok_or_else(|| format!("{rest} is not being asked."))
    };
    Ok(Some(match word {
        "/help" => return Ok(None),
        "/pause" => ControlAction::Pause,
        "/resume" => ControlAction::Unpause,
        "/note" => ControlAction::Note { text: rest.to_owned() },
        "/finish" => ControlAction::Finish,
        "/stop" => ControlAction::Stop,
        "/synthesis" => ControlAction::SkipTo { round_type: RoundType::Synthesis },
        "/rounds" => {
            let max_rounds = rest.parse().ok().filter(|n| *n > 0);
            ControlAction::SetRounds {
                max_rounds: max_rounds.ok_or("Write the most rounds behind /rounds, such as 6.")?,
            }
        }
        "/skip" => match asking.filter(|_| rest.is_empty()) {
            Some(ask) => ControlAction::Skip { ask: ask.clone() },
            None => ControlAction::Skip { ask: open(seat()?)? },
        },
        "/retry" => ControlAction::Retry { ask: open(seat()?)? },
        "/replace" => {
            // A name may have spaces in it, a model has none.
            let (name, model) = rest.rsplit_once(char::is_whitespace).unwrap_or((rest, ""));
            replacement(seat_of(name.trim())?, model, factory)?
        }
        "/dismiss" => ControlAction::Dismiss { seat: seat()? },
        "/recall" => ControlAction::Recall { seat: seat()? },
        _ => return Err(format!("{word} is unknown. /help lists what can be done.")),
    }))
}

/// Another model for a member, as `-m` names it, if it can be asked.
fn replacement(seat: Seat, model: &str, factory: &ProviderFactory) -> Result<ControlAction, String> {
    if model.is_empty() {
        return Err("Write the model behind the member, as provider/model.".to_owned());
    }
    let member = panel::member(model, None, factory.registry()).map_err(|stop| stop.1)?;
    let members = std::slice::from_ref(&member);
    panel::check(members, factory).map_err(|stop| stop.1)?;
    let prices = spending::prices(members, factory.registry(), None).map_err(|stop| stop.1)?;
    let Participant { model, fallbacks, .. } = member;
    Ok(ControlAction::Replace { seat, model, fallbacks, prices, context_window: None, vision: None })
}

/// Says something to whoever types.
fn say(text: &str) {
    anstream::eprintln!("{}", plain(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_and_what_is_wrong_is_said() {
        let keys = tachikoma_forge::llm::Keys::default();
        let transport = std::sync::Arc::new(tachikoma_native::NativeTransport::new().unwrap());
        let factory = ProviderFactory::new(tachikoma_forge::llm::ProviderRegistry::new(), transport, keys);
        let read = |line: &str| command(line, None, None, &factory);
        assert_eq!(read("/pause"), Ok(Some(ControlAction::Pause)));
        assert_eq!(read("/note  Mind the cost. "), Ok(Some(ControlAction::Note { text: "Mind the cost.".into() })));
        assert_eq!(read("/rounds 6"), Ok(Some(ControlAction::SetRounds { max_rounds: 6 })));
        assert_eq!(read("/help"), Ok(None));
        for (wrong, says) in [("/rounds many", "/rounds, such as 6"), ("/skip", "whom you mean"), ("/dance", "/help")] {
            assert!(read(wrong).unwrap_err().contains(says), "{wrong}");
        }
        let ask: AskId = "b0/r1/draft/s0/v0".parse().unwrap();
        assert_eq!(command("/skip", None, Some(&ask), &factory), Ok(Some(ControlAction::Skip { ask })));
    }
}
