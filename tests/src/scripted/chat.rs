//! A request to a model, acted out as its script says.

use serde_json::json;

use super::answer::Asked;
use super::dialect::{Counts, Spoken, Why};
use super::http::Gone;
use super::script::{Act, End, Script, Words, script};
use super::{At, Exchange, Then, header};

/// What a thinking model thinks aloud.
const THOUGHTS: &str = "First the goal, then what could go wrong with the obvious answer, then the answer.";

/// The bytes of a piece, about.
const PIECE: usize = 16;

pub(super) async fn chat(at: &mut At<'_>, spoken: Spoken, asked: &Asked, size: usize, time: u32) -> Exchange {
    let Some((row, pace_ms)) = script(&asked.model) else {
        let message = match spoken {
            Spoken::Ollama => format!("model '{}' not found", asked.model),
            Spoken::Anthropic | Spoken::OpenAi => format!("There is no model {}.", asked.model),
        };
        return at.json(404, &spoken.error("not_found_error", &message)).await;
    };
    match row.act(time) {
        Act::Say(words, end) => {
            let votes = if asked.kind() == "vote" { at.log.vote(&asked.model) } else { 0 };
            let text = asked.answer(words, row.stance, votes);
            let speech = Speech::new(spoken, asked, row, words, end, text, size, pace_ms);
            if asked.stream { speech.stream(at).await } else { speech.at_once(at).await }
        }
        Act::Fail { status, code, message, retry_after } => {
            let mut headers = vec![header("content-type", "application/json")];
            if let Some(seconds) = retry_after {
                headers.push(header("retry-after", &seconds.to_string()));
            }
            at.whole(status, headers, spoken.error(code, message).to_string().as_bytes()).await
        }
        Act::Html(status) => {
            let page = b"<html><head><title>A proxy in between</title></head><body>It is not well.</body></html>";
            at.whole(status, vec![header("content-type", "text/html")], page).await
        }
        Act::Redirect => at.whole(307, vec![header("location", "/behave/echo?tag=followed")], b"").await,
        Act::Hang => at.silence().await,
        Act::Close => Ok(Then::Break),
    }
}

/// An answer on its way.
struct Speech<'a> {
    spoken: Spoken,
    model: &'a str,
    thoughts: &'static str,
    text: String,
    end: End,
    why: Why,
    counts: Counts,
    pace_ms: u64,
}

impl<'a> Speech<'a> {
    #[expect(clippy::too_many_arguments, reason = "one caller, which has all of it at hand")]
    fn new(
        spoken: Spoken,
        asked: &'a Asked,
        row: &Script,
        words: Words,
        end: End,
        mut text: String,
        size: usize,
        pace_ms: u64,
    ) -> Self {
        if end == End::MaxTokens {
            let half = text.floor_char_boundary(text.len() / 2);
            text.truncate(half);
        }
        let why = match (end, words) {
            (End::MaxTokens, _) => Why::Length,
            (_, Words::Refusal) => Why::Refusal,
            _ => Why::Stop,
        };
        let counts = Counts { input: size.div_ceil(4), output: text.len().div_ceil(4) };
        let thoughts = if row.thinks { THOUGHTS } else { "" };
        Self { spoken, model: &asked.model, thoughts, text, end, why, counts, pace_ms }
    }

    async fn at_once(&self, at: &mut At<'_>) -> Exchange {
        at.wait(self.pace_ms).await?;
        let whole = self.spoken.whole(self.model, &self.text, self.thoughts, self.why, self.counts).to_string();
        let json = || vec![header("content-type", "application/json")];
        match self.end {
            End::Finished | End::MaxTokens => at.whole(200, json(), whole.as_bytes()).await,
            End::CutAfter(_) | End::EofAfter(_) => {
                at.lying(200, json(), &whole.as_bytes()[..whole.len() / 2], Some(whole.len())).await?;
                Ok(Then::Break)
            }
            End::ErrorAfter(_) => at.json(200, &self.spoken.error("overloaded_error", "Overloaded.")).await,
            End::StallAfter(_) => {
                at.lying(200, json(), &whole.as_bytes()[..whole.len() / 2], Some(whole.len())).await?;
                at.silence().await
            }
        }
    }

    async fn stream(&self, at: &mut At<'_>) -> Exchange {
        at.wait(self.pace_ms).await?;
        at.head(200, self.spoken.stream_type()).await?;
        at.connection.piece(&self.spoken.opening(self.model, self.counts)).await?;
        let mut block = 0;
        if !self.thoughts.is_empty() {
            self.part(at, block, true, self.thoughts, usize::MAX).await?;
            block += 1;
        }
        let most = match self.end {
            End::Finished | End::MaxTokens => usize::MAX,
            End::CutAfter(n) | End::ErrorAfter(n) | End::StallAfter(n) | End::EofAfter(n) => n,
        };
        self.part(at, block, false, &self.text, most).await?;
        match self.end {
            End::Finished | End::MaxTokens => {
                at.connection.piece(&self.spoken.closing(self.model, self.why, self.counts)).await?;
            }
            End::ErrorAfter(_) => {
                at.connection.piece(&self.spoken.error_frame("overloaded_error", "Overloaded.")).await?;
            }
            End::EofAfter(_) => {}
            End::CutAfter(_) => return Ok(Then::Break),
            End::StallAfter(_) => return at.silence().await,
        }
        at.connection.end().await?;
        Ok(Then::Next)
    }

    /// One block of text, paced. Cut short, it stays open.
    async fn part(&self, at: &mut At<'_>, index: usize, thinking: bool, text: &str, most: usize) -> Result<(), Gone> {
        at.connection.piece(&self.spoken.block(index, thinking, true)).await?;
        let mut rest = text;
        for _ in 0..most {
            if rest.is_empty() {
                return at.connection.piece(&self.spoken.block(index, thinking, false)).await;
            }
            // A long text goes out in larger pieces, so that its pace does not take minutes.
            let size = PIECE.max(text.len() / 400);
            let (piece, after) = rest.split_at(rest.ceil_char_boundary(size));
            rest = after;
            at.connection.piece(&self.spoken.piece(self.model, index, thinking, piece)).await?;
            if self.pace_ms > 0 {
                at.wait(self.pace_ms).await?;
            }
        }
        Ok(())
    }
}

/// Silences nobody asked for would make a test hang: every act ends, or is cut by [`super::SILENCE`].
const _: () = assert!(super::SILENCE.as_secs() < super::LONGEST.as_secs());

pub(super) fn echo(request: &super::Request) -> serde_json::Value {
    let names: Vec<_> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    json!({"method": request.method, "headers": names, "bytes": request.body.len()})
}
