//! What people may ask for beyond the question: pictures, sampling, reasoning, and anything a provider knows.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use tachikoma_forge::llm::{LlmRequest, Reasoning};
use tachikoma_forge::types::Image;

use crate::exit::Stop;

/// The largest picture that is sent, in bytes: what the vendors take at most is a little more or less.
const MOST_IMAGE: u64 = 20 * 1024 * 1024;

/// The settings of one request.
#[derive(clap::Args)]
pub(crate) struct Wishes {
    /// A picture to look at: a PNG, JPEG, GIF or WebP file, or an https address; may be given several times
    #[arg(long = "image", value_name = "FILE")]
    images: Vec<String>,
    /// The most tokens to answer with
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// The sampling temperature; without it the provider's own
    #[arg(long, value_name = "X", value_parser = scale)]
    temperature: Option<f64>,
    /// Sample from the likeliest tokens that together have this probability, up to 1
    #[arg(long, value_name = "X", value_parser = share)]
    top_p: Option<f64>,
    /// Sample from this many of the likeliest tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    top_k: Option<u32>,
    /// The provider's own seed
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// A text that ends the answer; may be given several times
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// How much to think first: off, on, low, medium, high, or a number of tokens
    #[arg(long, value_name = "LEVEL")]
    reasoning: Option<Reasoning>,
    /// A JSON object that is merged into the request last, as the provider wants it
    #[arg(long, value_name = "JSON", value_parser = object)]
    extra: Option<Map<String, Value>>,
}

impl Wishes {
    /// The request with all that is asked for.
    pub(crate) fn apply(self, mut request: LlmRequest) -> Result<LlmRequest, Stop> {
        request.max_tokens = self.max_tokens;
        request.temperature = self.temperature;
        let options = &mut request.options;
        options.top_p = self.top_p;
        options.top_k = self.top_k;
        options.seed = self.seed;
        options.stop = self.stop;
        options.reasoning = self.reasoning;
        options.extra_body = self.extra.unwrap_or_default();
        for given in &self.images {
            let image = image(given)?;
            if let Some(message) = request.messages.last_mut() {
                message.images.push(image);
            }
        }
        Ok(request)
    }
}

fn scale(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| value.is_finite() && *value >= 0.0);
    value.ok_or_else(|| format!("{text:?} is no temperature: write a number such as 0.7"))
}

fn share(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value: &f64| (0.0..=1.0).contains(value));
    value.ok_or_else(|| format!("{text:?} is no probability: write a number from 0 to 1, such as 0.9"))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|e| format!("it is no JSON object: {e}"))
}

fn image(given: &str) -> Result<Image, Stop> {
    if given.starts_with("https://") {
        return Ok(Image::Url(given.to_owned()));
    }
    let unreadable = |e: std::io::Error| Stop::usage(format!("the picture {given} cannot be read: {e}"));
    let size = fs::metadata(given).map_err(unreadable)?.len();
    if size > MOST_IMAGE {
        let most = MOST_IMAGE / (1024 * 1024);
        return Err(Stop::usage(format!("the picture {given} is larger than {most} MiB. Make it smaller.")));
    }
    let bytes = fs::read(given).map_err(unreadable)?;
    let media_type = media_type(&bytes).ok_or_else(|| {
        Stop::usage(format!("the picture {given} is no PNG, JPEG, GIF or WebP file. Convert it to one of these."))
    })?;
    Ok(Image::Data { media_type: media_type.to_owned(), data: STANDARD.encode(bytes) })
}

/// What a picture is by its first bytes: names of files lie.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some("image/png"),
        [0xFF, 0xD8, 0xFF, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}
