//! The form: what to deliberate, and with whom.

use leptos::html::Textarea;
use leptos::prelude::*;
use tachikoma_forge::protocol::{Foresight, OUTLINES, foresee};
use tachikoma_forge::session::{Balance, Settings};

use crate::access::access;
use crate::components::icon::{CARE, PLUS, RIGHT, icon};
use crate::components::place::Place;
use crate::host::{AttachField, Host, Order};
use crate::setup::{MOST_MEMBERS, Setup};
use crate::strings;
use crate::view_model::format::many;

/// The form.
#[component]
pub fn Compose() -> impl IntoView {
    let setup: Setup = expect_context();
    let AttachField(attach) = expect_context();
    let host: Host = expect_context();
    let access = access();
    // What is wrong with the form is said after the first try, not while somebody is still writing.
    let tried = RwSignal::new(false);
    let problem =
        Memo::new(move |_| host.problem.get().or_else(|| tried.get().then(|| setup.problem(access)).flatten()));
    let start = move || {
        tried.set(true);
        host.problem.set(None);
        if untrack(|| setup.problem(access)).is_none() {
            host.start.run(Order::Form);
        }
    };
    let keys = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            start();
        }
    };
    let foresight = Memo::new(move |_| {
        let max_rounds = setup.rounds.read().trim().parse().unwrap_or(0).min(1_000);
        let settings = Settings { max_rounds, ..Settings::default() };
        foresee(OUTLINES[0], setup.members.read().len() as u64, &settings)
    });
    view! {
        <main id="main" tabindex="-1" on:keydown=keys>
            <h1 class="unseen">"New deliberation"</h1>
            <div class="beside">
                <div class="form">
                    {goal(setup)}
                    <div class="field">
                        <label class="label" for="constraints">"Constraints"<span class="meta">"optional, one a line"</span></label>
                        <textarea
                            class="input"
                            id="constraints"
                            rows="3"
                            placeholder="What every answer has to respect"
                            prop:value=move || setup.constraints.get()
                            on:input=move |e| setup.constraints.set(event_target_value(&e))
                        ></textarea>
                    </div>
                    {attach()}
                    {members(setup)}
                    {protocol(setup)}
                </div>
                {margin(setup, host, foresight, problem, start)}
            </div>
            <div class="dock">
                <div>
                    <b class="strong">{move || calls(foresight.get())}</b>
                    <br/>
                    <span class="meta">{move || many(foresight.get().members, "member", "members")}</span>
                </div>
                <button
                    type="button"
                    class="button main"
                    disabled=move || host.starting.get()
                    on:click=move |_| start()
                >
                    {strings::START}
                </button>
            </div>
        </main>
    }
}

fn goal(setup: Setup) -> AnyView {
    let field = NodeRef::<Textarea>::new();
    let tries = strings::EXAMPLES
        .map(|(name, goal)| {
            let take = move |_| {
                setup.goal.set(goal.to_owned());
                if let Some(field) = field.get_untracked() {
                    let _ = field.focus();
                }
            };
            view! { <button type="button" on:click=take>{name}</button> }
        })
        .into_iter()
        .collect_view();
    view! {
        <div class="goal-field">
            <label class="label" for="goal">{strings::GOAL}</label>
            <textarea
                node_ref=field
                id="goal"
                rows="2"
                placeholder="What should they think about?"
                prop:value=move || setup.goal.get()
                on:input=move |e| setup.goal.set(event_target_value(&e))
            ></textarea>
            <div class="tries"><span>"Or try:"</span>{tries}</div>
        </div>
    }
    .into_any()
}

fn members(setup: Setup) -> AnyView {
    let access = access();
    let count = Memo::new(move |_| setup.members.read().len());
    let remark = move || match count.get() {
        0 | 1 => Some("At least two are needed; three or four say most."),
        2 => Some("Two can only agree or stand against each other. Three or four, from different labs, say more."),
        _ => None,
    };
    view! {
        <section class="section" aria-labelledby="members-title">
            <header class="section-head">
                <h2 id="members-title">"Members"</h2>
                <span class="meta">{move || [&count.get().to_string(), " of up to ", &MOST_MEMBERS.to_string()].concat()}</span>
            </header>
            <div class="panel">
                <For each=move || setup.members.get() key=|m| m.key children=move |m| view! { <Place setup=setup member=m/> }/>
            </div>
            <div class="panel-foot">
                <button
                    type="button"
                    class="button small"
                    disabled=move || { count.get() >= MOST_MEMBERS }
                    on:click=move |_| setup.add(access)
                >
                    {icon(PLUS)}
                    {strings::ADD_MEMBER}
                </button>
                <span class="meta" role="status">{remark}</span>
            </div>
        </section>
    }
    .into_any()
}

/// The steps, drawn: four lines write, cross, join, and answer.
const STEPS: [(&str, &str, &str); 4] = [
    ("Draft", "Everybody answers alone, without seeing the others.", "M3 4h52M3 9.300h44M3 14.700h56M3 20h38"),
    (
        "Critique",
        "Everybody scores the drafts of the others, blind and in shuffled order.",
        "M3 4h12l36 16h12M3 9.300h12l36 5.400h12M3 14.700h12L51 9.300h12M3 20h12L51 4h12",
    ),
    (
        "Synthesis",
        "The best-rated member compares the drafts, then writes the shared answer.",
        "M3 4c20 0 20 8 38 8M3 9.300c18 0 20 2.700 38 2.700M3 14.700c18 0 20-2.700 38-2.700M3 20c20 0 20-8 38-8h20",
    ),
    (
        "Vote",
        "Everybody agrees or disagrees, with a reason. Too little agreement: back to synthesis.",
        "M3 4h40M3 9.300h40M3 14.700h40M3 20h26M52 3.500l2.500 2.500 5-5M52 8.800l2.500 2.500 5-5M52 14.200l2.500 2.500 5-5",
    ),
];

fn protocol(setup: Setup) -> AnyView {
    let steps = STEPS
        .map(|(name, what, path)| {
            view! {
                <div>
                    <svg viewBox="0 0 74 24" aria-hidden="true"><path d=path></path></svg>
                    <div><h3>{name}</h3><p>{what}</p></div>
                </div>
            }
        })
        .into_iter()
        .collect_view();
    let number = |id: &'static str, label: &'static str, hint: &'static str, value: RwSignal<String>| {
        view! {
            <div class="field">
                <label class="label" for=id>{label}</label>
                <input
                    class="input"
                    id=id
                    inputmode="decimal"
                    prop:value=move || value.get()
                    on:input=move |e| value.set(event_target_value(&e))
                    autocomplete="off"
                />
                <p class="meta">{hint}</p>
            </div>
        }
    };
    let summary = move || {
        [
            "stops at agreement ",
            &setup.threshold.read(),
            " · at most ",
            &setup.rounds.read(),
            " rounds · ",
            &setup.timeout.read(),
            " s a round",
        ]
        .concat()
            + &match setup.max_cost.read().trim() {
                "" => String::new(),
                cap => [" · at most $", cap.trim_start_matches('$')].concat(),
            }
    };
    view! {
        <section class="section" aria-labelledby="protocol-title">
            <header class="section-head">
                <h2 id="protocol-title">"Protocol"</h2>
                <span class="meta">"Think tank"</span>
            </header>
            <div class="steps">{steps}</div>
            <details class="advanced unfolds">
                <summary>{icon(RIGHT)}"Advanced"<span class="meta">{summary}</span></summary>
                <div class="advanced-fields">
                    {number("threshold", "Convergence threshold", "Agreement that ends it: above 0, up to 1.", setup.threshold)}
                    {number("rounds", "Most rounds", "All kinds of rounds count.", setup.rounds)}
                    {number("timeout", "Round timeout", "Seconds; then the round ends with what is ready.", setup.timeout)}
                    {number("concurrency", "Calls at once", "To one server. Empty: 1 to a local server, 8 to others.", setup.concurrency)}
                    {balance(setup)}
                    {number("max-cost", strings::MOST_COST, "Dollars for all calls together, such as 0.50. Empty: no cap.", setup.max_cost)}
                    {number("max-tokens", strings::MOST_TOKENS, "Prompts and answers of all calls. Empty: no cap.", setup.max_tokens_total)}
                    {number("max-seconds", "Most time in all", "Seconds; then the best that there is stands. Empty: no limit.", setup.guard.max_seconds)}
                    {number("refuse-below", "Fewest drafts", "With fewer there is no answer. Empty: any.", setup.guard.refuse_below)}
                    {number("check", "Compare with one model", "provider/model that answers alone afterwards, to see whether it helped. Empty: no check.", setup.guard.baseline)}
                    {number("check-by", "Compared by", "provider/model of no member, blind. Empty: by you.", setup.guard.compared_by)}
                    {number("person-seconds", "Time for a person", "Seconds for each of their answers. Empty: as long as it takes.", setup.person_seconds)}
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// How the targets of a member share the work.
fn balance(setup: Setup) -> AnyView {
    let name = |balance: Balance| match balance {
        Balance::RoundRobin => "Each in its turn",
        Balance::LeastBusy => "The least busy",
        Balance::Fastest => "The fastest so far",
    };
    let option = move |balance: Balance| {
        let selected = move || setup.balance.get() == balance;
        view! { <option value=balance.name() selected=selected>{name(balance)}</option> }
    };
    let choose = move |event| setup.balance.set(event_target_value(&event).parse().unwrap_or_default());
    view! {
        <div class="field">
            <label class="label" for="balance">"Sharing the work"</label>
            <select class="input" id="balance" on:change=choose>{Balance::ALL.map(option).into_iter().collect_view()}</select>
            <p class="meta">"Among the interchangeable models of a member."</p>
        </div>
    }
    .into_any()
}

/// "13 to 28 calls".
fn calls(f: Foresight) -> String {
    if f.fewest == f.most {
        return many(f.most, "call", "calls");
    }
    [&f.fewest.to_string(), " to ", &many(f.most, "call", "calls")].concat()
}

fn margin(
    setup: Setup,
    host: Host,
    foresight: Memo<Foresight>,
    problem: Memo<Option<String>>,
    start: impl Fn() + Copy + Send + Sync + 'static,
) -> AnyView {
    let figure = move || {
        let f = foresight.get();
        view! { {f.fewest.to_string()}<small>" to "</small>{f.most.to_string()}<small>" calls"</small> }
    };
    let shares = move || {
        let members = foresight.get().members.max(1).to_string();
        [members.clone(), members.clone(), "1".to_owned(), members]
            .map(|share| view! { <i style=("flex", share)></i> })
            .into_iter()
            .collect_view()
    };
    let pairs = move || {
        let f = foresight.get();
        let rounds = if f.fewest_rounds == f.most_rounds {
            f.most_rounds.to_string()
        } else {
            [f.fewest_rounds.to_string().as_str(), " to ", &f.most_rounds.to_string()].concat()
        };
        [
            ("Draft", many(f.members, "call", "calls")),
            ("Critique", many(f.members, "call", "calls")),
            ("Synthesis", "1 call each time".to_owned()),
            ("Vote", [&many(f.members, "call", "calls"), " each time"].concat()),
            ("Rounds", rounds),
            ("Stops at agreement", setup.threshold.get()),
        ]
        .into_iter()
        .chain(host.expected.get())
        .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
        .collect_view()
    };
    let wrong =
        move || problem.get().map(|text| view! { <div class="notice bad">{icon(CARE)}<p><b>{text}</b></p></div> });
    view! {
        <aside aria-label="What will happen">
            <section class="section">
                <header class="section-head">
                    <h2>"What will happen"</h2>
                    <span class="meta push">"before you spend"</span>
                </header>
                <p class="foresee">{figure}</p>
                <div class="shares" aria-hidden="true">{shares}</div>
                <div class="shares-key" aria-hidden="true">
                    <span>"Draft"</span><span>"Critique"</span><span>"Synthesis"</span><span>"Vote"</span>
                </div>
                <dl class="pairs">{pairs}</dl>
                <div role="alert">{wrong}</div>
                <div class="launch wide-only">
                    <button
                        type="button"
                        class="button main tall full"
                        disabled=move || host.starting.get()
                        on:click=move |_| start()
                    >
                        {strings::START}
                    </button>
                    <p class="meta" aria-hidden="true"><kbd>"Ctrl"</kbd>" "<kbd>"Enter"</kbd></p>
                </div>
            </section>
            <section class="offer" aria-label="Demo">
                <p>"No key yet? Watch scripted members deliberate: same rounds, same votes. It takes about a minute and sends nothing."</p>
                <button
                    type="button"
                    class="button full"
                    disabled=move || host.starting.get()
                    on:click=move |_| host.start.run(Order::Demo)
                >
                    {strings::DEMO}
                </button>
            </section>
        </aside>
    }
    .into_any()
}
