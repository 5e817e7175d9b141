//! How people steer: each wish is checked, recorded, and acts at once.

use super::task::Task;
use super::{Effect, Engine, Targets};
use crate::protocol::Conclusion;
use crate::session::{Change, ControlAction, EndReason, Event, NextStep, SessionState, StopRule};
use crate::types::{AskId, ErrorKind, LlmError, Now, Pool, RoundType, Seat, StopReason};

impl Engine {
    /// Does what somebody asks for.
    ///
    /// # Errors
    /// Why it cannot be done, in words; then nothing has changed.
    pub fn control(&mut self, action: ControlAction, now: Now) -> Result<(), String> {
        if self.over {
            return Err("the session is over".to_owned());
        }
        self.extend_after_suspension(now);
        self.may(&action)?;
        match action {
            ControlAction::Stop => self.stop(now),
            ControlAction::Pause => {
                self.paused_at.get_or_insert(now.mono);
                self.tell(action, now);
            }
            ControlAction::Unpause => {
                self.end_pause(now);
                self.tell(action, now);
            }
            ControlAction::SkipTo { .. } => {
                self.leave_out(&self.open_asks(), "was not ready when the round was ended", now);
                self.tell(action, now);
            }
            ControlAction::Finish => {
                self.leave_out(&self.open_asks(), "was not ready when the end was asked for", now);
                self.tell(action, now);
                let end = self.protocol.wind_up(&self.session, "Finished early, as asked.", StopRule::Finished);
                self.conclude(end, now);
            }
            ControlAction::Dismiss { seat } => {
                self.leave_out(&self.asks_of(seat), "was taken from the table", now);
                self.tell(action, now);
            }
            ControlAction::Skip { ref ask } => {
                self.leave_out(std::slice::from_ref(ask), "was skipped", now);
                self.tell(action, now);
            }
            ControlAction::Retry { ref ask } => {
                self.drop_tasks(std::slice::from_ref(ask), "was asked anew", now);
                self.tell(action, now);
            }
            ControlAction::Replace { seat, .. } => {
                self.drop_tasks(&self.asks_of(seat), "was replaced", now);
                self.tell(action, now);
            }
            ControlAction::Answer { ask, text } => self.answer(&ask, text, now)?,
            ControlAction::Judge { ask, order } => self.judge(&ask, &order, now)?,
            ControlAction::Change { change } => self.change(change, now)?,
            ControlAction::RunRound { .. }
            | ControlAction::Note { .. }
            | ControlAction::SetRounds { .. }
            | ControlAction::Recall { .. } => self.tell(action, now),
        }
        if !self.over && !matches!(self.session.state, SessionState::Ended { .. }) {
            self.advance(now);
        }
        Ok(())
    }

    /// Takes what is known of models that are new to the session.
    pub fn learn(&mut self, targets: Targets) {
        self.targets.extend(targets);
    }

    fn tell(&mut self, action: ControlAction, now: Now) {
        self.record(Event::Control { action }, now);
    }

    /// Whether it can be done. Everything is checked before anything changes.
    fn may(&self, action: &ControlAction) -> Result<(), String> {
        let session = &self.session;
        let seat_is_known = |seat: Seat| match session.participant(seat) {
            Some(_) => Ok(()),
            None => Err(format!("there is no member at seat {seat}")),
        };
        match action {
            ControlAction::RunRound { round_type } => self.protocol.may_run(session, *round_type),
            ControlAction::SkipTo { round_type } => {
                // What is ready of the open round counts for what comes behind it.
                let mut ahead = session.clone();
                ahead.rounds.iter_mut().for_each(|round| round.complete = true);
                self.protocol.may_run(&ahead, *round_type)
            }
            ControlAction::Note { text } if text.trim().is_empty() => Err("the note is empty".to_owned()),
            ControlAction::SetRounds { max_rounds } if (*max_rounds as usize) < session.rounds_used() => {
                let at = session.rounds_used();
                Err(format!("it is in round {at} already: allow at least {at}"))
            }
            ControlAction::Dismiss { seat } => {
                seat_is_known(*seat)?;
                if session.members().filter(|member| member.seat != *seat).count() == 0 {
                    return Err("nobody would be left at the table: finish it instead".to_owned());
                }
                Ok(())
            }
            ControlAction::Recall { seat } => seat_is_known(*seat),
            ControlAction::Replace { seat, model, fallbacks, prices, .. } => {
                seat_is_known(*seat)?;
                self.may_pay(model, fallbacks, prices)
            }
            ControlAction::Skip { ask } if !self.open_asks().contains(ask) => Err(format!("{ask} is not being asked")),
            ControlAction::Retry { ask } => {
                let open = session.open_round().is_some_and(|round| round.number == ask.round);
                match session.turns.get(ask) {
                    _ if !open => Err("its round is over: change it, and what read it, on a branch".to_owned()),
                    Some(turn) if turn.complete().is_none() => Ok(()),
                    Some(_) => Err(format!("{ask} is answered")),
                    None => Err(format!("{ask} was never asked")),
                }
            }
            _ => Ok(()),
        }
    }

    fn may_pay(&self, model: &Pool, fallbacks: &[Pool], prices: &crate::cost::Prices) -> Result<(), String> {
        let settings = &self.session.settings;
        let Some(cap) = settings.max_cost else { return Ok(()) };
        let mut targets = std::iter::once(model).chain(fallbacks).flat_map(Pool::targets);
        match targets.find(|target| prices.of(target).or_else(|| settings.prices.of(target)).is_none()) {
            Some(model) => Err(format!("the cap of {cap} could not be kept: nobody knows what {} costs", model.bare())),
            None => Ok(()),
        }
    }

    fn asks_of(&self, seat: Seat) -> Vec<AskId> {
        self.open_asks().into_iter().filter(|ask| ask.seat == seat).collect()
    }

    /// What was asked and is not settled. In a pause after a cut nobody has taken it up again yet.
    pub(super) fn open_asks(&self) -> Vec<AskId> {
        self.session.turns.values().filter(|turn| !turn.is_settled()).map(|turn| turn.ask.clone()).collect()
    }

    fn end_pause(&mut self, now: Now) {
        let Some(since) = self.paused_at.take() else { return };
        self.extend(now.mono.saturating_sub(since));
    }

    fn stop(&mut self, now: Now) {
        let running: Vec<AskId> = self.tasks.keys().cloned().collect();
        for ask in &running {
            self.flush(ask, now);
            if let Some(attempt) = self.tasks.get(ask).and_then(Task::running_attempt) {
                self.effects.push_back(Effect::Abort { ask: ask.clone(), attempt });
            }
        }
        self.tell(ControlAction::Stop, now);
        let detail = "Stopped. Continue takes it up where it was.".to_owned();
        let answer = self.session.best.clone();
        self.conclude(Conclusion { reason: EndReason::Stopped, answer, detail, rule: StopRule::Stopped }, now);
    }

    /// Goes on without these answers; what has come of them is kept.
    pub(super) fn leave_out(&mut self, asks: &[AskId], why: &str, now: Now) {
        for ask in asks {
            let error = LlmError::new(ErrorKind::Cancelled, why);
            if self.tasks.get(ask).and_then(Task::running_attempt).is_some() {
                self.abort(ask);
                self.record_failure(ask, &error, NextStep::Absent, now);
            }
            self.tasks.remove(ask);
            if self.session.turns.get(ask).is_some_and(|turn| !turn.is_settled()) {
                self.record(Event::ParticipantFailed { ask: ask.clone(), error }, now);
            }
        }
    }

    /// Ends what is under way of these, so that they begin anew.
    fn drop_tasks(&mut self, asks: &[AskId], why: &str, now: Now) {
        for ask in asks {
            if self.tasks.get(ask).and_then(Task::running_attempt).is_some() {
                self.abort(ask);
                let error = LlmError::new(ErrorKind::Cancelled, why);
                self.record_failure(ask, &error, NextStep::Retry { after_ms: 0 }, now);
            }
            self.tasks.remove(ask);
        }
    }

    // --- changes --------------------------------------------------------------------------------

    /// Opens a branch. Nothing is asked on it before somebody says so.
    fn change(&mut self, change: Change, now: Now) -> Result<(), String> {
        let session = &self.session;
        let complete = |ask: &AskId| match session.turns.get(ask).map(|turn| turn.complete()) {
            Some(Some(complete)) => Ok(complete),
            Some(None) => Err(format!("{ask} is not answered yet")),
            None => Err(format!("{ask} is not on this branch")),
        };
        let (mut turn, mut answer, mut from) = (None, None, session.branch);
        let stale = match &change {
            Change::Text { ask, text } => {
                if complete(ask)?.text == *text {
                    return Err("nothing was changed".to_owned());
                }
                let (read, _) = self.protocol.read(session, ask, text, StopReason::End)?;
                answer = Some(read);
                let revision = ask.revision.saturating_add(1);
                turn = Some(AskId { branch: session.next_branch(), revision, ..ask.clone() });
                session.readers_of(std::slice::from_ref(ask))
            }
            Change::Redo { ask } => {
                if session.turns.get(ask).is_none_or(|turn| !turn.is_settled()) {
                    return Err(format!("{ask} is not settled on this branch"));
                }
                let mut stale = session.readers_of(std::slice::from_ref(ask));
                stale.push(ask.clone());
                stale
            }
            Change::Goal { topic } if topic.goal.trim().is_empty() => return Err("the goal is empty".to_owned()),
            Change::Goal { topic } if *topic == session.topic => return Err("nothing was changed".to_owned()),
            Change::Goal { .. } => session.turns.keys().cloned().collect(),
            Change::Back { round } => match session.round(*round) {
                Some(found) if found.complete => Vec::new(),
                _ => return Err(format!("there is no complete round {round} to go back to")),
            },
            Change::Switch { branch } if *branch == session.branch => {
                return Err("this branch is shown already".to_owned());
            }
            Change::Switch { branch } if !session.branches.iter().any(|b| b.id == *branch) => {
                return Err(format!("there is no branch {branch}"));
            }
            Change::Switch { branch } => {
                from = *branch;
                Vec::new()
            }
        };
        self.paused_at.get_or_insert(now.mono);
        let asks: Vec<AskId> = self.tasks.keys().cloned().collect();
        asks.iter().for_each(|ask| self.flush(ask, now));
        self.record(Event::BranchOpened { from, change, turn, answer, stale }, now);
        for ask in &asks {
            if !self.session.turns.contains_key(ask) {
                self.abort(ask);
                self.tasks.remove(ask);
            }
        }
        Ok(())
    }

    /// A person says which text is the best of those that a comparison shows.
    fn judge(&mut self, ask: &AskId, order: &[String], now: Now) -> Result<(), String> {
        if self.session.round(ask.round).is_none_or(|round| round.round_type != RoundType::Comparison) {
            return Err(format!("{ask} compares nothing"));
        }
        let text = serde_json::json!({ "ranking": order }).to_string();
        self.answer(ask, text, now)
    }
}
