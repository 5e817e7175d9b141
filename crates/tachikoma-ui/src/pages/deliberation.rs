//! A session: live while it runs, the answer first once it is there, the record always.

mod head;
mod notice;
mod past;

use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::protocol::{foresee, outline};
use tachikoma_forge::session::ControlAction;
use tachikoma_forge::types::{RoundNumber, RoundType, SessionId};

use self::head::head;
use self::notice::standing_notice;
use self::past::{past_rounds, record};
use crate::browser;
use crate::components::agreement::AgreementChart;
use crate::components::answer::answer;
use crate::components::branches::{Branches, PendingChange};
use crate::components::check_result::CheckResult;
use crate::components::follow::FollowUp;
use crate::components::icon::{SQUARE, icon};
use crate::components::judge::Judge;
use crate::components::scores::ScoreTable;
use crate::components::staff::Staff;
use crate::components::stage::Stage;
use crate::components::steering::Steering;
use crate::components::tally::{Figures, Tally};
use crate::run::Run;
use crate::runner::Runner;
use crate::strings;
use crate::view_model::agreement::agreement;
use crate::view_model::format::{clock, count};
use crate::view_model::live::Live;
use crate::view_model::money::{cap, spent, token_cap};
use crate::view_model::outcome::outcome;
use crate::view_model::scores;
use crate::view_model::staff::measures;
use crate::view_model::steer::persons_turns;
use crate::view_model::totals::totals;

/// What opening a session came to.
#[derive(Clone)]
enum Opened {
    Loading,
    Missing,
    Failed(String),
    Here(Arc<Run>),
}

/// The page of a session.
#[component]
pub fn Deliberation(
    /// The session.
    id: SessionId,
    /// The round that the address names.
    round: Memo<Option<RoundNumber>>,
) -> impl IntoView {
    let runner: Runner = expect_context();
    let (opened, set) = signal(Opened::Loading);
    let slow = RwSignal::new(false);
    set_timeout(
        move || {
            slow.try_set(true);
        },
        std::time::Duration::from_secs(1),
    );
    leptos::task::spawn_local(async move {
        let outcome = match runner.open(id).await {
            Ok(Some(run)) => Opened::Here(run),
            Ok(None) => Opened::Missing,
            Err(message) => Opened::Failed(message),
        };
        set.try_set(outcome);
    });
    let show = move || match opened.get() {
        Opened::Loading => view! {
            <div class="blank bars" role="status">
                <i></i><i></i><i></i>
                {move || slow.get().then(|| view! { <p class="meta">"Opening the deliberation…"</p> })}
            </div>
        }
        .into_any(),
        Opened::Missing => blank(
            "There is no such deliberation here",
            "Deliberations are kept in the browser that ran them. This one is not, or was deleted.",
        ),
        Opened::Failed(message) => blank("This deliberation cannot be read", &message),
        Opened::Here(run) => session(run, runner, round),
    };
    view! { <main id="main" tabindex="-1">{show}</main> }
}

fn blank(title: &str, text: &str) -> AnyView {
    view! {
        <div class="blank">
            <h1>{title.to_owned()}</h1>
            <p>{text.to_owned()}</p>
            <a class="button" href="#/">"Begin another"</a>
        </div>
    }
    .into_any()
}

/// What the parts of the page share.
#[derive(Clone)]
struct Page {
    run: Arc<Run>,
    runner: Runner,
    round: Memo<Option<RoundNumber>>,
    running: Signal<bool>,
}

impl Page {
    /// A value of the session, drawn again only when it differs.
    fn memo<T: PartialEq + Send + Sync + 'static>(&self, read: impl Fn(&Live) -> T + Send + Sync + 'static) -> Memo<T> {
        let run = self.run.clone();
        Memo::new(move |_| run.with(&read))
    }

    /// The same, and again every second while it runs.
    fn ticking<T: PartialEq + Send + Sync + 'static>(
        &self,
        read: impl Fn(&Live, u64) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        let run = self.run.clone();
        Memo::new(move |_| {
            let now = if run.running.get() { run.now.get().max(browser::now_ms()) } else { run.now.get_untracked() };
            run.with(|live| read(live, now))
        })
    }
}

fn session(run: Arc<Run>, runner: Runner, round: Memo<Option<RoundNumber>>) -> AnyView {
    let page = Page { running: run.running.clone().into(), run: run.clone(), runner, round };
    let said: Signal<String> = run.said.clone().into();
    let has_answer = page.memo(|live| live.session.result().is_some());
    let has_scores = page.memo(|live| scores::latest(live).is_some());
    let score_table = page.memo(scores::latest);
    let votes = page.memo(agreement);
    let members =
        page.memo(|live| live.session.participants.iter().map(|p| (p.seat, p.name.clone())).collect::<Vec<_>>());
    let staff = page.ticking(measures);
    let outcome = page.ticking(|live, now| outcome(live).map(|o| (o, totals(live, now))));
    let recorded = page.run.clone();
    let events = Callback::new(move |()| recorded.events());
    let check = move || view! { <CheckResult events=events/> }.into_any();
    let final_answer = move || outcome.get().map(|(o, totals)| answer(&o, totals, check()));
    let id = run.id.clone();
    let staff_view = move || view! { <Staff id=id.clone() members=members measures=staff/> };
    let staff_above = {
        let staff_view = staff_view.clone();
        move || (!has_answer.get()).then(&staff_view)
    };
    let staff_below = move || has_answer.get().then(&staff_view);
    let tally = figures(&page);
    let running = page.running;
    // The round that the address names is shown, once it is drawn.
    Effect::new(move |_| {
        if let Some(number) = page_round(round) {
            browser::next_frame(move || browser::show(&["round-", &number.to_string()].concat()));
        }
    });
    let asked = page.memo(|live| !persons_turns(live).is_empty());
    your_turn_in_the_title(asked);
    // A person drafts and judges as blind as everybody else, unless they will not have it so.
    let peeks = RwSignal::new(false);
    let covered = Memo::new(move |_| asked.get() && !peeks.get());
    let cover = move || covered.get().then(|| covers(peeks));
    let rounds_past = past_rounds(&page);
    let has_past = Memo::new(move |_| !rounds_past.read().is_empty());
    view! {
        <div
            class:running=move || !has_answer.get()
            class:idle=move || !running.get()
            class:covered=move || covered.get()
        >
            <p class="unseen" role="status">{said}</p>
            {head(&page, has_answer)}
            {standing_notice(&page)}
            <PendingChange run=page.run.clone()/>
            <Steering run=page.run.clone()/>
            {move || (!has_answer.get()).then(|| view! { <Tally figures=tally/> })}
            {staff_above}
            {final_answer}
            <Judge run=page.run.clone()/>
            {cover}
            {stage(&page)}
            <div class="pair">
                {move || (has_scores.get() && !covered.get()).then(|| view! { <ScoreTable scores=score_table/> })}
                <AgreementChart agreement=votes/>
            </div>
            <section class="section apart" aria-labelledby="record-title" hidden=move || covered.get() || !(has_past.get() || has_answer.get())>
                <header class="section-head">
                    <h2 id="record-title">"The record"</h2>
                    <span class="meta">"every draft, critique and vote, as it was written"</span>
                </header>
                {staff_below}
                {record(&page, rounds_past)}
            </section>
            <Branches run=page.run.clone()/>
            <FollowUp run=page.run.clone()/>
        </div>
        {dock(&page)}
    }
    .into_any()
}

/// That what would tell a person who wrote what is covered while they answer.
fn covers(peeks: RwSignal<bool>) -> AnyView {
    view! {
        <p class="cover meta">
            "While a person answers, what the others wrote is covered: no member sees that either. "
            <button type="button" class="as-link" on:click=move |_| peeks.set(true)>"Show it all the same"</button>
        </p>
    }
    .into_any()
}

/// The tab says so when a person is asked: it may not be the one that is looked at.
fn your_turn_in_the_title(asked: Memo<bool>) {
    const USUAL: &str = "Tachikoma Forge";
    Effect::new(move |_| {
        let title = if asked.get() { ["Your turn · ", USUAL].concat() } else { USUAL.to_owned() };
        browser::set_title(&title);
    });
    on_cleanup(|| browser::set_title(USUAL));
}

fn page_round(round: Memo<Option<RoundNumber>>) -> Option<RoundNumber> {
    round.get()
}

fn figures(page: &Page) -> Memo<Figures> {
    page.ticking(|live, now| {
        let session = &live.session;
        let (round, progress) = match session.rounds.last() {
            Some(round) => {
                let settled = session.turns_of(round.number).filter(|t| t.is_settled()).count();
                let of = [&settled.to_string(), " of ", &round.seats.len().to_string(), " finished"].concat();
                (title(round.number, round.round_type), of)
            }
            None => ("Starting".to_owned(), String::new()),
        };
        let foresight = outline(&session.protocol)
            .map(|outline| foresee(outline, session.participants.len() as u64, &session.settings));
        Figures {
            round,
            progress,
            running: live.running,
            totals: totals(live, now),
            most_calls: foresight.map_or(0, |foresight| foresight.most),
            most_rounds: session.settings.max_rounds,
            caps: (cap(&session.settings), token_cap(&session.settings)),
        }
    })
}

/// "Round 2: Critique".
fn title(number: RoundNumber, round_type: RoundType) -> String {
    ["Round ", &number.to_string(), ": ", round_type.name()].concat()
}

/// The round on the stage: the last one, until there is an answer.
fn on_stage(live: &Live) -> Option<(RoundNumber, RoundType)> {
    if live.session.result().is_some() {
        return None;
    }
    live.session.rounds.last().map(|r| (r.number, r.round_type))
}

fn stage(page: &Page) -> AnyView {
    let staged = page.memo(on_stage);
    let run = page.run.clone();
    (move || {
        let (number, round_type) = staged.get()?;
        let seats = untrack(|| {
            run.with(|live| live.session.participants.iter().map(|p| (p.seat, p.name.clone())).collect::<Vec<_>>())
        });
        Some(view! {
            <div class="apart"><Stage run=run.clone() round=number title=title(number, round_type) seats=seats/></div>
        })
    })
    .into_any()
}

/// On a phone: the figures and Stop, always within reach of the thumb.
fn dock(page: &Page) -> AnyView {
    let running = page.running;
    let line = page.ticking(|live, now| {
        let totals = totals(live, now);
        let (cost, _) = spent(&totals.spending, totals.calls);
        (clock(totals.time_ms), [&count(totals.spending.tokens), " tokens · ", &cost].concat())
    });
    let run = page.run.clone();
    (move || {
        let run = run.clone();
        running.get().then(move || {
            view! {
                <div class="dock">
                    <div>
                        <b class="strong">{move || line.get().0}</b>
                        <br/>
                        <span class="meta">{move || line.get().1}</span>
                    </div>
                    <button type="button" class="button halt narrow-only" on:click=move |_| run.steer(ControlAction::Stop)>
                        {icon(SQUARE)}
                        {strings::STOP}
                    </button>
                </div>
            }
        })
    })
    .into_any()
}
