//! A request to a model, acted out as its script says.

use serde_json::json;

use super::answer::Asked;
use super::dialect::{Counts, Spoken, Why};
use super::http::Gone;
use super::script::{Act, End, Pace, Script, Words, script};
use super::{At, Exchange, Then, header};

/// What a thinking model thinks aloud.
const THOUGHTS: &str = "First the goal, then what could go wrong with the obvious answer, then the answer.";

/// The bytes of a piece, about.
const PIECE: usize = 16;

pub(super) async fn chat(at: &mut At<'_>, spoken: Spoken, asked: &Asked, size: usize, time: u32) -> Exchange {
    let Some((row, pace)) = script(&asked.model) else {
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
            let speech = Speech::new(spoken, asked, row, words, end, text, size, pace);
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
        Act::Redirect => at.whole(302, vec![header("location", "/behave/echo?tag=followed")], b"").await,
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
    pace: Pace,
    bytewise: bool,
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
        pace: Pace,
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
        Self { spoken, model: &asked.model, thoughts, text, end, why, counts, pace, bytewise: row.bytewise }
    }

    async fn at_once(&self, at: &mut At<'_>) -> Exchange {
        let pieces = u32::try_from(self.pieces().len()).unwrap_or(u32::MAX);
        at.wait_until(at.began + self.pace.first + self.pace.gap.saturating_mul(pieces)).await?;
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
        at.head(200, self.spoken.stream_type()).await?;
        self.send(at, &self.spoken.opening(self.model, self.counts)).await?;
        at.wait_until(at.began + self.pace.first).await?;
        let mut block = 0;
        if !self.thoughts.is_empty() {
            self.part(at, block, true, &[self.thoughts], usize::MAX).await?;
            block += 1;
        }
        let most = match self.end {
            End::Finished | End::MaxTokens => usize::MAX,
            End::CutAfter(n) | End::ErrorAfter(n) | End::StallAfter(n) | End::EofAfter(n) => n,
        };
        self.part(at, block, false, &self.pieces(), most).await?;
        match self.end {
            End::Finished | End::MaxTokens => {
                let closing = self.spoken.closing(self.model, self.why, self.counts);
                if self.bytewise {
                    self.send(at, &closing).await?;
                    at.connection.last(b"").await?;
                } else {
                    at.connection.last(&closing).await?;
                }
            }
            End::ErrorAfter(_) => {
                at.connection.last(&self.spoken.error_frame("overloaded_error", "Overloaded.")).await?;
            }
            End::EofAfter(_) => at.connection.last(b"").await?,
            End::CutAfter(_) => return Ok(Then::Break),
            End::StallAfter(_) => return at.silence().await,
        }
        Ok(Then::Next)
    }

    /// The text as it is cut. An exact number of pieces is filled up with blanks, which change no answer.
    fn pieces(&self) -> Vec<&str> {
        // A long text goes out in larger pieces, so that its pace does not take minutes.
        let most = self.pace.pieces.unwrap_or(usize::MAX);
        let size = self.pace.pieces.map_or(PIECE.max(self.text.len() / 400), |n| (self.text.len() / n).max(1));
        let (mut pieces, mut rest) = (Vec::new(), self.text.as_str());
        while !rest.is_empty() {
            let at = if pieces.len() + 1 == most { rest.len() } else { rest.ceil_char_boundary(size) };
            let (piece, after) = rest.split_at(at);
            pieces.push(piece);
            rest = after;
        }
        pieces.resize(self.pace.pieces.unwrap_or(pieces.len()), " ");
        pieces
    }

    async fn send(&self, at: &mut At<'_>, bytes: &[u8]) -> Result<(), Gone> {
        if !self.bytewise {
            return at.connection.piece(bytes).await;
        }
        for byte in bytes {
            at.connection.piece(&[*byte]).await?;
        }
        Ok(())
    }

    /// One block of text, paced. Cut short, it stays open.
    async fn part(
        &self,
        at: &mut At<'_>,
        index: usize,
        thinking: bool,
        pieces: &[&str],
        most: usize,
    ) -> Result<(), Gone> {
        self.send(at, &self.spoken.block(index, thinking, true)).await?;
        // Each piece has its own moment, counted from the first: lateness does not add up.
        let mut due = tokio::time::Instant::now();
        if !thinking {
            due = due.max(at.began + self.pace.first);
        }
        for piece in pieces.iter().take(most) {
            self.send(at, &self.spoken.piece(self.model, index, thinking, piece)).await?;
            due += self.pace.gap;
            at.wait_until(due).await?;
        }
        if pieces.len() > most {
            return Ok(());
        }
        self.send(at, &self.spoken.block(index, thinking, false)).await
    }
}

/// Silences nobody asked for would make a test hang: every act ends, or is cut by [`super::SILENCE`].
const _: () = assert!(super::SILENCE.as_secs() < super::LONGEST.as_secs());

pub(super) fn echo(request: &super::Request) -> serde_json::Value {
    // The values may be keys: their length is proof enough.
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| json!([name, value.len()])).collect();
    json!({"method": request.method, "headers": headers, "bytes": request.body.len()})
}
