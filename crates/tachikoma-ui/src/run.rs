//! One session on the page: its events as they come, folded, and a signal for each part that is drawn.
//!
//! Events go into plain values at once. What is drawn follows once per frame for all members together, so
//! four streams cost one update, not four hundred. One card has one signal.
//!
//! It runs in this tab, in another one, which is then followed ([`other_tabs`]), or not at all.

mod other_tabs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{FutureExt, StreamExt};
use leptos::prelude::*;
use tachikoma_forge::driver::{ControlHandle, EventStream, JournalErrorKind, Message};
use tachikoma_forge::session::{ControlAction, Envelope, Event, ForgeSession};
use tachikoma_forge::types::{BranchId, RoundNumber, Seat, SessionId};

use self::other_tabs::Others;
use crate::browser;
use crate::view_model::card::{Card, card};
use crate::view_model::live::{Change, Live};

/// Where a round and a seat meet.
type Place = (RoundNumber, Seat);

/// One session on the page.
pub struct Run {
    /// Its name.
    pub id: SessionId,
    /// Counts up whenever anything but the text of cards changed.
    pub frame: ArcRwSignal<u32>,
    /// The time in milliseconds since 1970: once a second while it runs.
    pub now: ArcRwSignal<u64>,
    /// Whether it runs, here or in another tab.
    pub running: ArcRwSignal<bool>,
    /// Whether it runs in another tab: then nothing is written here.
    pub followed: ArcRwSignal<bool>,
    /// What a screen reader is told.
    pub said: ArcRwSignal<String>,
    /// Why the last wish of somebody was not done.
    pub refused: ArcRwSignal<Option<String>>,
    /// Why the browser does not keep it, if it does not; no words where the session itself says so.
    pub unkept: ArcRwSignal<Option<String>>,
    /// That a newer version wrote it, and what that means: it is shown and not continued.
    pub newer: Option<String>,
    inner: Mutex<Inner>,
}

struct Inner {
    live: Live,
    others: Others,
    /// Another branch than the one that goes on, while it is looked at.
    viewed: Option<Live>,
    control: Option<ControlHandle>,
    /// The durable events, for an export.
    events: Vec<Envelope>,
    cards: BTreeMap<Place, ArcRwSignal<Card>>,
    texts: BTreeSet<Place>,
    frame: bool,
    scheduled: bool,
}

impl Run {
    /// A session as its journal tells it; nothing runs. `unkept` where no storage holds it, `newer` where a newer
    /// version wrote it.
    #[must_use]
    pub fn new(id: SessionId, events: Vec<Envelope>, unkept: Option<String>, newer: Option<String>) -> Arc<Self> {
        let mut live = Live::new(id.clone());
        for envelope in &events {
            live.apply(envelope);
        }
        let (others, heard) = Others::of(&id);
        let run = Arc::new(Self {
            id,
            frame: ArcRwSignal::new(0),
            now: ArcRwSignal::new(browser::now_ms()),
            running: ArcRwSignal::new(false),
            followed: ArcRwSignal::new(false),
            said: ArcRwSignal::new(String::new()),
            refused: ArcRwSignal::new(None),
            unkept: ArcRwSignal::new(unkept),
            newer,
            inner: Mutex::new(Inner {
                live,
                others,
                viewed: None,
                control: None,
                events,
                cards: BTreeMap::new(),
                texts: BTreeSet::new(),
                frame: false,
                scheduled: false,
            }),
        });
        run.listen(heard);
        run
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a deliberation: from its first event, which the stream repeats.
    pub fn follow(self: &Arc<Self>, control: ControlHandle, mut events: EventStream) {
        {
            let mut inner = self.inner();
            inner.live = Live::new(self.id.clone());
            inner.live.running = true;
            inner.viewed = None;
            inner.events.clear();
            inner.control = Some(control.clone());
            inner.others.begin();
        }
        self.followed.set(false);
        self.refused.set(None);
        self.running.set(true);
        self.tick();
        let run = self.clone();
        leptos::task::spawn_local(async move {
            while let Some(envelope) = events.next().await {
                run.happened(&control, envelope);
                // Whatever else is there already belongs to the same frame.
                while let Some(Some(envelope)) = events.next().now_or_never() {
                    run.happened(&control, envelope);
                }
                run.schedule();
            }
            if control.unsaved().is_some_and(|why| why.kind == JournalErrorKind::Locked) {
                // Another tab has it now, and its journal what is true.
                return run.look();
            }
            run.rest();
        });
    }

    /// Something happened here: it is shown, and told to the tabs that follow.
    fn happened(&self, control: &ControlHandle, envelope: Envelope) {
        self.take(&envelope);
        if matches!(envelope.event, Event::Error { .. }) && control.unsaved().is_some() {
            // The event says why.
            self.unkept.update(|unkept| *unkept = Some(unkept.take().unwrap_or_default()));
        }
        let others = &self.inner().others;
        if others.listen {
            others.say(Message::Happened(Box::new(envelope)));
        }
    }

    /// It does not run any more, as far as this tab knows.
    fn rest(&self) {
        self.inner().live.running = false;
        self.inner().frame = true;
        self.followed.set(false);
        self.running.set(false);
        self.flush();
    }

    fn take(&self, envelope: &Envelope) {
        let mut inner = self.inner();
        let change = inner.live.apply(envelope);
        if envelope.event.is_durable() {
            inner.events.push(envelope.clone());
        }
        match change {
            Change::Nothing => {}
            Change::Text(round, seat) => drop(inner.texts.insert((round, seat))),
            Change::Frame => inner.frame = true,
        }
        let said = announcement(&inner.live.session, &envelope.event);
        drop(inner);
        if let Some(said) = said {
            self.said.set(said);
        }
    }

    fn schedule(self: &Arc<Self>) {
        if !std::mem::replace(&mut self.inner().scheduled, true) {
            let run = self.clone();
            browser::next_frame(move || run.flush());
        }
    }

    /// Draws what has changed.
    fn flush(&self) {
        let mut inner = self.inner();
        inner.scheduled = false;
        let texts = std::mem::take(&mut inner.texts);
        let frame = std::mem::take(&mut inner.frame);
        let Inner { live, viewed, cards, .. } = &mut *inner;
        let live = viewed.as_mut().unwrap_or(live);
        let changed: Vec<_> = cards
            .iter()
            .filter(|(place, _)| frame || texts.contains(place))
            .map(|(&(round, seat), signal)| (signal.clone(), card(live, round, seat)))
            .collect();
        // Signals run effects, which may ask for this session: not while it is held.
        drop(inner);
        for (signal, card) in changed {
            if *signal.read_untracked() != card {
                signal.set(card);
            }
        }
        if frame {
            self.frame.update(|f| *f += 1);
        }
    }

    fn tick(self: &Arc<Self>) {
        let run = self.clone();
        set_timeout(
            move || {
                run.now.set(browser::now_ms());
                if run.inner().live.running {
                    run.tick();
                }
            },
            Duration::from_secs(1),
        );
    }

    /// The signal of a card.
    #[must_use]
    pub fn card(&self, round: RoundNumber, seat: Seat) -> ArcRwSignal<Card> {
        let mut inner = self.inner();
        let Inner { live, viewed, cards, .. } = &mut *inner;
        let live = viewed.as_mut().unwrap_or(live);
        cards.entry((round, seat)).or_insert_with(|| ArcRwSignal::new(card(live, round, seat))).clone()
    }

    /// Reads the session, and again whenever its frame changes.
    pub fn with<T>(&self, read: impl FnOnce(&Live) -> T) -> T {
        self.frame.track();
        self.running.track();
        let inner = self.inner();
        read(inner.viewed.as_ref().unwrap_or(&inner.live))
    }

    /// Shows another branch than the one that goes on, or that one again.
    pub fn view(&self, branch: Option<BranchId>) {
        {
            let mut inner = self.inner();
            inner.viewed = branch.filter(|id| *id != inner.live.session.branch).and_then(|id| inner.live.on_branch(id));
            inner.frame = true;
        }
        self.flush();
    }

    /// The durable events, for an export.
    #[must_use]
    pub fn events(&self) -> Vec<Envelope> {
        self.inner().events.clone()
    }
}

/// What a screen reader hears of an event: boundaries only.
fn announcement(session: &ForgeSession, event: &Event) -> Option<String> {
    let round = |number: RoundNumber| {
        let kind = session.round(number).map_or("", |r| r.round_type.name());
        ["Round ", &number.to_string(), ": ", kind].concat()
    };
    match event {
        Event::RoundStarted { round: number, .. } => Some([&round(*number), " begins."].concat()),
        Event::ParticipantComplete { ask, .. } | Event::ParticipantFailed { ask, .. } => {
            let seats = session.round(ask.round).map_or(0, |r| r.seats.len());
            let settled = session.turns_of(ask.round).filter(|t| t.is_settled()).count();
            let of = [" ", &settled.to_string(), " of ", &seats.to_string(), " finished."].concat();
            Some([&round(ask.round), ".", &of].concat())
        }
        Event::SessionEnded { answer, detail, .. } => {
            Some(if answer.is_some() { "Final answer ready.".into() } else { ["Ended. ", detail].concat() })
        }
        Event::Error { message } | Event::Warning { message } => Some(message.clone()),
        Event::ParticipantThinking { ask, .. } => {
            let member = session.participant(ask.seat).filter(|member| member.is_person())?;
            Some([&round(ask.round), ". It is the turn of ", &member.name, "."].concat())
        }
        Event::Control { action: ControlAction::Pause } => Some("Paused.".to_owned()),
        Event::Control { action: ControlAction::Unpause } => Some("It goes on.".to_owned()),
        Event::BranchOpened { .. } => Some("Changed, on a branch of its own. Paused.".to_owned()),
        _ => None,
    }
}
