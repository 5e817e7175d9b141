//! The names that stay: journeys, screen readers and manuals rely on them. Change one only with all of those.

/// The text box of what is deliberated.
pub const GOAL: &str = "Goal";
/// Starts what is set up.
pub const START: &str = "Start deliberation";
/// Starts the demo.
pub const DEMO: &str = "Try the demo";
/// Supplies files with the goal.
pub const ATTACH: &str = "Attach files";
/// Seats another member.
pub const ADD_MEMBER: &str = "Add member";
/// Opens the panels that are kept.
pub const PANELS: &str = "Saved panels";
/// Keeps the panel of the form.
pub const SAVE_PANEL: &str = "Save this panel";
/// Takes the panel of a file.
pub const LOAD_PANEL: &str = "Load from a file";
/// Ends a running session, so that it can be continued.
pub const STOP: &str = "Stop";
/// Goes on with a session.
pub const CONTINUE: &str = "Continue";
/// Says that a session runs in another tab.
pub const ELSEWHERE: &str = "This session runs in another tab. You are following it live.";
/// Opens the menu of formats.
pub const EXPORT: &str = "Export";
/// Takes a session that was exported.
pub const IMPORT: &str = "Import a session";
/// Keeps it beside the one that is there.
pub const IMPORT_COPY: &str = "Import as a copy";
/// Tests a provider.
pub const TEST: &str = "Test";
/// A member's provider.
pub const PROVIDER: &str = "Provider";
/// A member's model.
pub const MODEL: &str = "Model";
/// Where a provider answers.
pub const BASE_URL: &str = "Base URL";
/// A provider's key.
pub const API_KEY: &str = "API key";
/// Lets a key go to an address that it was not given for.
pub const LET_KEY_GO: &str = "Send it there";
/// Exports for people.
pub const MARKDOWN: &str = "Markdown";
/// Exports for machines.
pub const JSON: &str = "JSON";
/// The same, for machines and people.
pub const YAML: &str = "YAML";
/// The region of the result.
pub const FINAL_ANSWER: &str = "Final answer";
/// The link to the form.
pub const NEW: &str = "New";
/// The link to what is kept.
pub const HISTORY: &str = "History";
/// The link to keys and addresses.
pub const PROVIDERS: &str = "Providers";

/// The heading of the vendors' services.
pub const IN_THE_CLOUD: &str = "In the cloud";
/// The heading of the servers for one's own machine.
pub const ON_YOUR_MACHINE: &str = "On your machine";
/// The heading of the browser's own model.
pub const IN_THIS_BROWSER: &str = "In this browser";
/// The browser's own model, as a provider.
pub const BROWSER_MODEL: &str = "This browser's model";
/// Begins its download.
pub const DOWNLOAD: &str = "Download the model";
/// Joins a download that another page began.
pub const FOLLOW: &str = "Show how far";
/// Opens the window in which people sign in.
pub const SIGN_IN: &str = "Sign in with OpenRouter";
/// The link to the page on which a vendor gives keys.
pub const GET_KEY: &str = "Get a key";

/// The heading of what is known of providers and models.
pub const ANALYTICS: &str = "Analytics";
/// The heading of prices that people say themselves.
pub const OWN_PRICES: &str = "Prices of your own";
/// What prompts cost.
pub const PROMPT_PRICE: &str = "Price of prompts";
/// What answers cost.
pub const ANSWER_PRICE: &str = "Price of answers";
/// Takes such a price.
pub const SET_PRICE: &str = "Set price";
/// The field of the cap on money.
pub const MOST_COST: &str = "Most to spend";
/// The field of the cap on tokens.
pub const MOST_TOKENS: &str = "Most tokens in all";

/// What the goal field offers to try.
pub const EXAMPLES: [(&str, &str); 3] = [
    (
        "Review an API design",
        "Review this API design: one endpoint that takes any query as JSON, instead of forty that each do one thing.",
    ),
    ("Rent or buy GPUs?", "Should we rent or buy GPUs for 18 months of nightly evaluation runs?"),
    ("Name the objections", "Name the three strongest objections to charging per seat for a tool that teams share."),
];
/// What the demo deliberates when nobody says otherwise.
pub const DEMO_GOAL: &str = "Should our six-person team move its API to event sourcing?";
